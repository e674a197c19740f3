//! The tokens of a genotype: names, numbers, texts in quotes and signs.

use std::fmt::Write;

use crate::space::TextError;

/// Where we are in the text. Every step skips white space first, as Python does between tokens.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    /// The byte after the last token.
    pub(super) offset: usize,
}

impl<'a> Scanner<'a> {
    /// What follows, without white space before it.
    pub(super) fn rest(&mut self) -> &'a str {
        let rest = self.text[self.offset..].trim_start_matches([' ', '\t', '\n', '\r']);
        self.offset = self.text.len() - rest.len();
        rest
    }

    /// The offset of the next token.
    pub(super) fn start(&mut self) -> usize {
        self.text.len() - self.rest().len()
    }

    /// Takes `token` if it comes next.
    pub(super) fn accept(&mut self, token: &str) -> bool {
        let comes = self.rest().starts_with(token);
        self.offset += if comes { token.len() } else { 0 };
        comes
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), TextError> {
        if self.accept(token) { Ok(()) } else { Err(self.unexpected(&format!("`{token}`"), self.offset)) }
    }

    /// Takes the letters, digits and underscores that come next, none of them perhaps.
    pub(super) fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.offset += end;
        &rest[..end]
    }

    pub(super) fn word(&mut self, word: &str) -> Result<(), TextError> {
        let start = self.start();
        if self.name() == word { Ok(()) } else { Err(self.unexpected(&format!("`{word}(`"), start)) }
    }

    /// Takes digits; `None` is a number beyond usize.
    pub(super) fn number(&mut self) -> Result<Option<usize>, TextError> {
        let start = self.start();
        let digits = self.name();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected("the number of a node", start));
        }
        Ok(digits.parse().ok())
    }

    /// Takes a text in single or double quotes. It has no escapes, since no name of ours needs one.
    pub(super) fn quoted(&mut self) -> Result<&'a str, TextError> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| ['\'', '"'].contains(c));
        let inner = quote.and_then(|quote| rest[1..].split_once(quote)).map(|(inner, _)| inner);
        let inner = inner.ok_or_else(|| self.unexpected("an operation in quotes", self.offset))?;
        self.offset += inner.len() + 2;
        Ok(inner)
    }

    pub(super) fn unexpected(&self, wanted: &str, offset: usize) -> TextError {
        let mut reason = format!("expected {wanted}, found ");
        let found: String = self.text[offset..].chars().take(12).collect();
        let _ = if found.is_empty() { write!(reason, "the end") } else { write!(reason, "`{found}`") };
        reason += "; a genotype is Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], \
                   reduce_concat=range(2, 6))";
        TextError::at(self.text, offset, reason)
    }
}
