//! For tests: pictures compared with those that were looked at, and checks that hold for every picture.
//!
//! A picture that changes on purpose is renewed with `BLESS=1 cargo test -p bilevel -- figure`; look at the difference
//! before you commit it.

use std::path::Path;

use crate::space::{Custom, Position, Space, SpaceSpec};

/// Compares `text` with the file `name` in `golden/`.
#[track_caller]
pub(super) fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/figure/golden").join(name);
    #[expect(clippy::disallowed_methods, reason = "a test may be told to renew its file")]
    let renew = std::env::var_os("BLESS").is_some();
    if renew {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} differs from its golden file; BLESS=1 renews it. Now:\n{text}");
}

/// Checks that `text` is well-formed XML of the kind that the writer makes, names no other host and has no wild number.
#[track_caller]
pub(super) fn assert_well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        assert_content(&rest[..start]);
        let end = start + rest[start..].find('>').expect("every tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "elements nest");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        assert!(name.chars().all(|c| c.is_ascii_lowercase()) && !name.is_empty(), "odd element <{tag}>");
        let attributes = &tag[name.len()..];
        assert_eq!(attributes.matches('"').count() % 2, 0, "quotes pair up in <{tag}>");
        attributes.split('"').skip(1).step_by(2).for_each(assert_content);
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
    for word in ["http:", "https:", "//", "url(", "NaN", "=\"inf", " inf", "<script"] {
        assert!(!elsewhere.contains(word), "`{word}` in {text}");
    }
}

fn assert_content(text: &str) {
    for (at, _) in text.match_indices('&') {
        let entity = &text[at..];
        assert!(["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].iter().any(|known| entity.starts_with(known)), "{entity}");
    }
    assert!(!text.contains('<'), "{text}");
}

/// A space whose names try to leave their place.
pub(super) fn hostile_space() -> Space {
    let name = |text: &str| text.to_string();
    let positions = vec![
        Position { name: name("<script>&\"'"), choices: vec![name("]]>"), name("\"/><a"), name("\\\"};")] },
        Position { name: name("畳み込み層の大きさと形を決める位置"), choices: vec![name("一")] },
        Position { name: "w".repeat(100), choices: vec!["m".repeat(100), name("--\\>")] },
    ];
    Space::new(SpaceSpec::Custom(Custom { positions })).unwrap()
}
