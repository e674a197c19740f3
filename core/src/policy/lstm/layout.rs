//! Where each weight of the network lies in the vector of parameters.

use std::ops::Range;

use super::Options;
use crate::space::Space;

/// The most parameters, and the most numbers that one way through the network keeps: 128 MiB each.
const MOST_NUMBERS: usize = 1 << 24;

/// The shape of a network over a space, in the order that [`super::Lstm`] documents.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) space: Space,
    /// H.
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) temperature: f64,
    pub(super) tanh_constant: f64,
}

impl Layout {
    /// # Errors
    /// If the network would be too large.
    pub(super) fn new(options: &Options, space: &Space) -> Result<Self, String> {
        let Options { hidden, layers, temperature, tanh_constant, init: _ } = *options;
        let layout = Self { space: space.clone(), hidden, layers, temperature, tanh_constant };
        let numbers = layout.parameters().max(space.length() * layers * 11 * hidden);
        if numbers > MOST_NUMBERS {
            return Err(format!(
                "lstm with hidden {hidden} and layers {layers} keeps {numbers} numbers over this space, at most \
                 {MOST_NUMBERS} are allowed; try a smaller hidden"
            ));
        }
        Ok(layout)
    }

    /// The input of the first layer at `position` after `previous` was taken there before; the start at position 0.
    pub(super) fn input(&self, position: usize, previous: u8) -> Range<usize> {
        let row = if position == 0 { 0 } else { 1 + self.space.offset(position - 1) + usize::from(previous) };
        row * self.hidden..(row + 1) * self.hidden
    }

    /// Start and embeddings; the last position's choices are input to nothing.
    fn inputs(&self) -> usize {
        (1 + self.space.offset(self.space.length().saturating_sub(1))) * self.hidden
    }

    fn layer(&self) -> usize {
        (2 * self.hidden + 1) * 4 * self.hidden
    }

    /// The weights of a layer, `[2H, 4H]`.
    pub(super) fn weights(&self, layer: usize) -> Range<usize> {
        let start = self.inputs() + layer * self.layer();
        start..start + 8 * self.hidden * self.hidden
    }

    /// The biases of a layer, `[4H]`.
    pub(super) fn biases(&self, layer: usize) -> Range<usize> {
        let start = self.weights(layer).end;
        start..start + 4 * self.hidden
    }

    /// The weights of a position's logits, `[K_l, H]`.
    pub(super) fn head(&self, position: usize) -> Range<usize> {
        let start = self.inputs() + self.layers * self.layer() + self.space.offset(position) * (self.hidden + 1);
        start..start + self.space.choices(position) * self.hidden
    }

    /// The biases of a position's logits, `[K_l]`.
    pub(super) fn head_biases(&self, position: usize) -> Range<usize> {
        let start = self.head(position).end;
        start..start + self.space.choices(position)
    }

    /// A.
    pub(super) fn parameters(&self) -> usize {
        self.inputs() + self.layers * self.layer() + self.space.choices_in_all() * (self.hidden + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Custom, SpaceSpec};

    #[test]
    fn every_parameter_has_one_place() {
        let space = Space::new(SpaceSpec::Custom(Custom::default())).unwrap();
        let layout = Layout::new(&Options { hidden: 3, layers: 2, ..Options::default() }, &space).unwrap();
        let mut ranges = vec![layout.input(0, 0)];
        for l in 1..space.length() {
            ranges.extend((0..space.choices(l - 1)).map(|k| layout.input(l, k as u8)));
        }
        ranges.extend((0..2).flat_map(|layer| [layout.weights(layer), layout.biases(layer)]));
        ranges.extend((0..space.length()).flat_map(|l| [layout.head(l), layout.head_biases(l)]));
        let mut end = 0;
        for range in ranges {
            assert_eq!(range.start, end);
            end = range.end;
        }
        assert_eq!(end, layout.parameters());
    }

    #[test]
    fn a_network_too_large_is_refused() {
        let space = Space::named("sequence:1000x100").unwrap();
        let error = Layout::new(&Options { hidden: 512, ..Options::default() }, &space).unwrap_err();
        assert!(error.starts_with("lstm with hidden 512 and layers 2 keeps"), "{error}");
        assert!(error.ends_with("try a smaller hidden"), "{error}");
    }
}
