//! A network with trained weights, and how well it classifies.

use super::batch::batch;
use super::blueprint::Blueprint;
use super::body::Network;
use super::layers::Phase;
use super::normalisation::Normalisation;
use super::reading::{Lost, read, wait};
use super::split::Part;
use crate::numeric;

/// Images that are classified at once, if they are small.
const BATCH: usize = 256;
/// The most values of a layer for all images that are classified at once: 256 MiB.
const MOST_VALUES: usize = 1 << 26;

/// How well a network classifies some images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The share of images whose largest logit is that of their class, in %.
    pub accuracy: f64,
    /// The mean cross-entropy, in nats.
    pub loss: f64,
}

/// A network that was trained, with all that is needed to classify an image.
#[derive(Debug, Clone)]
pub struct Trained {
    pub(super) blueprint: Blueprint,
    pub(super) normalisation: Normalisation,
    pub(super) classes: Vec<String>,
    /// Never on a device that records gradients.
    pub(super) network: Network,
    /// How many steps it was trained for.
    pub(super) steps: u64,
}

impl Trained {
    pub(super) fn new(
        blueprint: Blueprint,
        normalisation: Normalisation,
        classes: Vec<String>,
        network: Network,
        steps: u64,
    ) -> Self {
        Self { blueprint, normalisation, classes, network, steps }
    }

    /// What it consists of.
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// What is done to a value before the network sees it.
    pub fn normalisation(&self) -> &Normalisation {
        &self.normalisation
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The logits of every image of `part`, `[image][class]`. The images have the size of the training images.
    ///
    /// # Panics
    /// If the device is lost; [`Self::logits_async`] says it.
    pub fn logits(&self, part: &Part) -> Vec<Vec<f64>> {
        wait(self.logits_async(part)).unwrap_or_else(|lost| panic!("{lost}"))
    }

    /// The same where nothing may wait: in a browser.
    ///
    /// # Errors
    /// If the device is lost.
    pub async fn logits_async(&self, part: &Part) -> Result<Vec<Vec<f64>>, Lost> {
        let device = self.network.device();
        // A forward pass can move running statistics, and so takes the network mutably; this one moves none.
        let mut network = self.network.clone();
        let Blueprint { channels, shape, .. } = self.blueprint;
        let at_once = BATCH.min(MOST_VALUES / (channels.max(shape.channels) * shape.height * shape.width)).max(1);
        let places: Vec<usize> = (0..part.len()).collect();
        let mut all = Vec::with_capacity(part.len());
        for images in places.chunks(at_once) {
            let input = batch(part, images, &self.blueprint, &self.normalisation, &device);
            let logits = read(network.forward(input, Phase::Evaluate)).await?;
            all.extend(rows(&logits, self.classes.len()));
        }
        Ok(all)
    }

    /// How well it classifies `part`.
    ///
    /// # Panics
    /// As [`Self::logits`].
    pub fn score(&self, part: &Part) -> Score {
        Score::of(&self.logits(part), part.labels())
    }
}

/// Logits as they come from a device, by image.
pub(super) fn rows(logits: &[f32], classes: usize) -> Vec<Vec<f64>> {
    logits.chunks(classes).map(|row| row.iter().map(|x| f64::from(*x)).collect()).collect()
}

impl Score {
    /// Of logits, `[image][class]`, with the class of each image. A tie between logits counts for the first class.
    pub fn of(logits: &[Vec<f64>], labels: &[u16]) -> Self {
        let (mut right, mut loss) = (0, 0.0);
        for (logits, label) in logits.iter().zip(labels) {
            let (mut logits, label) = (logits.clone(), usize::from(*label));
            right += usize::from(numeric::argmax(&logits) == label);
            numeric::log_softmax(&mut logits);
            loss -= logits[label];
        }
        let count = labels.len() as f64;
        Self { accuracy: 100.0 * f64::from(right as u32) / count, loss: loss / count }
    }
}
