//! How a frozen supernet is built: plain numbers, the same in a specification for any target.

use serde::{Deserialize, Serialize};

use super::{Direction, Metric, Training};

/// A network of NAS-Bench-201 cells that holds every operation on every edge, trained once on the optical digits, its weights
/// then fixed: what is left to choose is the cell, hard or as a mixture, and the loss is that on fixed validation images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// C, the channels of the first stage; the next two have 2C and 4C. 1 to 32.
    pub channels: usize,
    /// Passes over the training images, half of the steps on a path drawn uniformly and half on a mixture. 1 to 1000.
    pub epochs: u32,
    /// Validation images that a loss is the mean of. 16 to 718.
    pub images: usize,
    /// Names the weights before training and the order of everything that is drawn.
    pub weights: u64,
    /// What stands before its convolutions and its classifier.
    #[serde(skip_serializing_if = "is_default")]
    pub activation: Activation,
}

/// The nonlinearity of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x), as published: its slope jumps at 0, so that no bound on the second derivatives of the loss exists.
    #[default]
    Relu,
    /// x σ(x), smooth, and with it the loss in the mixture.
    Silu,
}

fn is_default(activation: &Activation) -> bool {
    *activation == Activation::default()
}

impl Default for Options {
    fn default() -> Self {
        Self { channels: 8, epochs: 40, images: 128, weights: 0, activation: Activation::Relu }
    }
}

impl Options {
    /// What it measures on its validation images.
    pub fn metrics() -> [Metric; 2] {
        [Metric::new("loss", "nats", Direction::Minimise), Metric::new("accuracy", "%", Direction::Maximise)]
    }

    /// The training of its network.
    ///
    /// # Errors
    /// Which option is out of which range.
    pub fn training(&self) -> Result<Training, String> {
        let Self { channels, epochs, images, weights: _, activation: _ } = *self;
        if !(1..=32).contains(&channels) {
            return Err(format!("channels must be in 1..=32, got {channels}; try 8"));
        }
        if !(16..=718).contains(&images) {
            return Err(format!("images must be in 16..=718, got {images}; try 128"));
        }
        let training = Training { channels, epochs, validation_images: Some(images), ..Training::default() };
        training.check().map(|()| training)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activation_is_written_where_it_is_not_the_published_one() {
        // The name of a supernet's file, and what it says it was made with, are of this text.
        let text = |options: &Options| serde_json::to_string(options).unwrap();
        assert_eq!(text(&Options::default()), r#"{"channels":8,"epochs":40,"images":128,"weights":0}"#);
        let smooth = Options { activation: Activation::Silu, ..Options::default() };
        assert!(text(&smooth).ends_with(r#""weights":0,"activation":"silu"}"#));
        assert_eq!(serde_json::from_str::<Options>(&text(&smooth)).unwrap(), smooth);
    }

    #[test]
    fn options_out_of_range_say_which() {
        for (options, message) in [
            (Options { channels: 0, ..Options::default() }, "channels must be in 1..=32, got 0; try 8"),
            (Options { images: 5, ..Options::default() }, "images must be in 16..=718, got 5; try 128"),
            (Options { epochs: 0, ..Options::default() }, "epochs must be in 1..=1000, got 0"),
        ] {
            assert_eq!(options.training().unwrap_err(), message);
        }
    }
}
