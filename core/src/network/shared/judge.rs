//! What a path or a mixture of a supernet is worth on some images.

use super::super::batch::{batch, batches};
use super::super::blueprint::Blueprint;
use super::super::body::Network;
use super::super::layers::Phase;
use super::super::mix::Mix;
use super::super::reading::{Lost, read};
use super::super::split::Split;
use super::super::trained::{Score, rows};
use crate::search::supernet::BatchNormPolicy;

/// Training images from which norms gather their statistics anew.
const IMAGES: usize = 512;
/// Images of a batch.
const BATCH: usize = 64;

/// How the validation images among the first `most` are classified by the way of `mix`.
///
/// `network` records no gradients; its running statistics are overwritten.
pub(super) async fn judge(
    mut network: Network,
    mix: &Mix,
    policy: BatchNormPolicy,
    blueprint: &Blueprint,
    split: &Split,
    most: usize,
) -> Result<Score, Lost> {
    let device = network.device();
    let (train, part) = (split.train(), split.validation());
    let phase = match policy {
        BatchNormPolicy::Batch => Phase::Train,
        BatchNormPolicy::Recalibrated => {
            let all: Vec<usize> = (0..train.len().min(IMAGES)).collect();
            for (number, range) in batches(all.len(), BATCH).enumerate() {
                let input = batch(train, &all[range], blueprint, split.normalisation(), &device);
                network.forward_mixed(input, mix, Phase::Recalibrate { batch: number as u32 + 1 });
            }
            Phase::Evaluate
        }
    };
    let all: Vec<usize> = (0..part.len().min(most)).collect();
    let (mut logits, mut labels) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
    let alone = |images: &&[usize]| images.len() > 1 || phase == Phase::Evaluate;
    // One image has no statistics of its own.
    for images in all.chunks(BATCH).filter(alone) {
        let input = batch(part, images, blueprint, split.normalisation(), &device);
        let values = read(network.forward_mixed(input, mix, phase)).await?;
        logits.extend(rows(&values, split.classes().len()));
        labels.extend(images.iter().map(|image| part.labels()[*image]));
    }
    Ok(Score::of(&logits, &labels))
}
