//! How a candidate network is built and trained: plain numbers, the same in a specification for any target.

use serde::{Deserialize, Serialize};

use super::{DeviceName, Direction, Metric};

/// Size and training of a NAS-Bench-201 network: stem, three stages of cells with residual reductions between, head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Training {
    /// C, the channels of the first stage; the next two have 2C and 4C. 1 to 256.
    pub channels: usize,
    /// N, the cells of a stage. 1 to 20.
    pub cells: usize,
    /// Passes over the training images. 1 to 1000.
    pub epochs: u32,
    /// Images of a step. 2 to 4096.
    pub batch_size: usize,
    /// The learning rate at the start; it falls to 0 along a cosine. In (0, 10].
    pub learning_rate: f64,
    /// Momentum of SGD (Nesterov), in [0, 1).
    pub momentum: f64,
    /// L2 penalty on all weights, ≥ 0.
    pub weight_decay: f64,
    /// Side in pixels that images are scaled to; `None` keeps their own. 4 to 256.
    pub resolution: Option<usize>,
    /// Training images; `None` takes all that are left by the other two.
    pub train_images: Option<usize>,
    /// Validation images; `None` takes half of those that are not test images, as NAS-Bench-201 does.
    pub validation_images: Option<usize>,
    /// Test images; `None` takes the data set's own test part, or a fifth where it has none.
    pub test_images: Option<usize>,
    /// Where the networks are trained. Results on another device differ in their last bits.
    #[serde(skip_serializing_if = "DeviceName::is_cpu")]
    pub device: DeviceName,
}

impl Default for Training {
    /// Made for the optical digits, where a candidate takes a quarter of a second of one core and architectures differ by
    /// more than their seeds do: with C = 8 and a fifth of the images for validation all of them reach 98 %, and two seeds
    /// of an architecture agree no more than two architectures. docs/main-job.md has what a search gains under these
    /// numbers. Larger images want fewer of them, or more time. The optimiser is that of NAS-Bench-201 (Dong and Yang 2020,
    /// table 1).
    fn default() -> Self {
        Self {
            channels: 4,
            cells: 1,
            epochs: 4,
            batch_size: 64,
            learning_rate: 0.1,
            momentum: 0.9,
            weight_decay: 5e-4,
            resolution: None,
            train_images: None,
            validation_images: None,
            test_images: None,
            device: DeviceName::Cpu,
        }
    }
}

impl Training {
    /// What every objective that trains measures: `validation_accuracy` (%), `validation_loss` (nats), `parameters`, and
    /// `flops`: multiply-adds for one image, as NAS-Bench-201 counts them.
    pub fn metrics() -> [Metric; 4] {
        [
            Metric::new("validation_accuracy", "%", Direction::Maximise),
            Metric::new("validation_loss", "nats", Direction::Minimise),
            Metric::new("parameters", "", Direction::Minimise),
            Metric::new("flops", "", Direction::Minimise),
        ]
    }

    /// Checks every range.
    ///
    /// # Errors
    /// Which field is out of which range.
    pub fn check(&self) -> Result<(), String> {
        let Self { channels, cells, epochs, batch_size, learning_rate, momentum, weight_decay, resolution, .. } = *self;
        let whole = |name: &str, value: usize, least: usize, most: usize| {
            let inside = (least..=most).contains(&value);
            if inside { Ok(()) } else { Err(format!("{name} must be in {least}..={most}, got {value}")) }
        };
        whole("channels", channels, 1, 256)?;
        whole("cells", cells, 1, 20)?;
        whole("epochs", epochs as usize, 1, 1000)?;
        whole("batch_size", batch_size, 2, 4096)?;
        whole("resolution", resolution.unwrap_or(8), 4, 256)?;
        for (name, count) in [
            ("train_images", self.train_images),
            ("validation_images", self.validation_images),
            ("test_images", self.test_images),
        ] {
            whole(name, count.unwrap_or(1), 1, 10_000_000)?;
        }
        if !(learning_rate > 0.0 && learning_rate <= 10.0) {
            return Err(format!("learning_rate must be in (0, 10], got {learning_rate}; try 0.1"));
        }
        if !(0.0..1.0).contains(&momentum) {
            return Err(format!("momentum must be in [0, 1), got {momentum}; try 0.9"));
        }
        if !(weight_decay.is_finite() && weight_decay >= 0.0) {
            return Err(format!("weight_decay must be finite and ≥ 0, got {weight_decay}; try 0.0005"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named() {
        assert_eq!(Training::default().check(), Ok(()));
        let wrong = Training { channels: 0, ..Training::default() };
        assert_eq!(wrong.check().unwrap_err(), "channels must be in 1..=256, got 0");
        let wrong = Training { learning_rate: f64::NAN, ..Training::default() };
        assert_eq!(wrong.check().unwrap_err(), "learning_rate must be in (0, 10], got NaN; try 0.1");
    }
}
