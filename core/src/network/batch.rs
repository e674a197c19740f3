//! Batches of images, and the loss on one.

use std::ops::Range;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::blueprint::Blueprint;
use super::normalisation::Normalisation;
use super::split::Part;
use super::total::total;

/// The batches of an epoch, as ranges of its order. A last batch of one image is left out: it has no variance.
pub(super) fn batches(images: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..images).step_by(size).map(move |from| from..images.min(from + size)).filter(|range| range.len() > 1)
}

/// `[batch, channels, height, width]`, normalised.
pub(super) fn batch(
    part: &Part,
    images: &[usize],
    blueprint: &Blueprint,
    normalisation: &Normalisation,
    device: &Device,
) -> Tensor<4> {
    let shape = blueprint.shape;
    let mut values = Vec::with_capacity(images.len() * shape.values());
    images.iter().for_each(|image| normalisation.write(part.pixels(*image), &mut values));
    Tensor::from_data(TensorData::new(values, [images.len(), shape.channels, shape.height, shape.width]), device)
}

/// The mean over the batch of `−ln softmax(logits)[label]`, in nats; logits `[batch, classes]`.
pub(super) fn cross_entropy(logits: Tensor<2>, part: &Part, images: &[usize]) -> Tensor<1> {
    let [batch, classes] = logits.dims();
    let mut right = vec![0f32; batch * classes];
    for (row, image) in images.iter().enumerate() {
        right[row * classes + usize::from(part.labels()[*image])] = 1.0;
    }
    let right = Tensor::from_data(TensorData::new(right, [batch, classes]), &logits.device());
    total(log_softmax(logits, 1) * right) / -(batch as f32)
}

#[cfg(test)]
mod tests {
    use super::super::body::Network;
    use super::super::digits::digits;
    use super::super::layers::Phase;
    use super::super::reading::wait;
    use super::super::split::Split;
    use super::super::state::Slot;
    use super::super::tensors::nas_bench_201;
    use super::*;
    use crate::objective::Training;
    use crate::random::Stream;
    use crate::space::Architecture;

    #[test]
    fn a_last_batch_of_one_is_left_out() {
        assert_eq!(batches(7, 3).collect::<Vec<_>>(), [0..3, 3..6]);
        assert_eq!(batches(8, 3).collect::<Vec<_>>(), [0..3, 3..6, 6..8]);
    }

    /// Along a straight path, the loss changes by the integral of its gradient. Unlike a difference over a short step,
    /// this does not stumble over the kinks of ReLU, and f32 has digits enough.
    #[test]
    fn the_gradient_integrates_to_the_loss() {
        let training = Training { channels: 2, train_images: Some(150), ..Training::default() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let blueprint =
            Blueprint::new(&nas_bench_201(), &Architecture::new([3, 2, 1, 4, 1, 3]), &training, split.shape(), 10)
                .unwrap();
        let device = Device::flex().autodiff();
        let images: Vec<usize> = (0..16).collect();
        let loss = |network: &mut Network| {
            let input = batch(split.train(), &images, &blueprint, split.normalisation(), &device);
            cross_entropy(network.forward(input, Phase::Train), split.train(), &images)
        };
        for name in ["stem.0.weight", "cells.0.layers.1.op.1.weight", "cells.1.conv_a.op.2.bias"] {
            let mut network = Network::new(&blueprint, 3, &device);
            let mut stream = Stream::new(1, name, 0);
            let held = |slot: &&mut Slot<'_>| slot.name == name;
            let start = wait(network.slots().iter_mut().find(held).unwrap().values()).unwrap();
            let direction: Vec<f64> = start.iter().map(|_| stream.normal()).collect();
            // The loss at `start + t · direction`, and its derivative there by t.
            let mut at = |t: f64| {
                let moved = start.iter().zip(&direction).map(|(x, d)| (f64::from(*x) + t * d) as f32).collect();
                network.slots().iter_mut().find(held).unwrap().set(moved);
                let loss = loss(&mut network);
                let gradients = loss.backward();
                let gradient = network.slots().iter_mut().find(held).unwrap().gradient(&gradients).unwrap();
                let slope: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(*g) * d).sum();
                (f64::from(loss.into_scalar::<f32>()), slope)
            };
            let (length, points) = (0.1, 300);
            let slopes: Vec<f64> = (0..points).map(|i| at(length * (i as f64 + 0.5) / points as f64).1).collect();
            let step = length / points as f64;
            let (integral, total) =
                (slopes.iter().sum::<f64>() * step, slopes.iter().map(|x| x.abs()).sum::<f64>() * step);
            let change = at(length).0 - at(0.0).0;
            assert!((integral - change).abs() < 0.01 * total, "{name}: {integral} for {change} of {total}");
        }
    }
}
