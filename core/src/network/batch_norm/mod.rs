//! Batch normalisation with the statistics of the batch, as one operation with a gradient of its own, on the processor.
//!
//! burn composes it of reductions and broadcasts, each of which goes through memory once more. Other devices get burn's own.

#[cfg(feature = "cpu")]
mod kernel;
#[cfg(feature = "cpu")]
mod operation;

use burn::tensor::Tensor;
use burn::tensor::module::batch_norm_train;

/// `[batch, channels, height, width]` normalised, scaled and shifted, with mean and biased variance of each channel on a
/// device that records no gradients.
pub(super) fn normalised(
    input: Tensor<4>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    #[cfg(feature = "cpu")]
    if let Some(result) = operation::normalised(&input, &scale, &shift, epsilon) {
        return result;
    }
    let result = batch_norm_train(input, scale, shift, epsilon);
    (result.output, result.mean.inner(), result.variance.inner())
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::tensors::{apart, normal};
    use super::*;

    #[test]
    fn values_and_gradients_are_those_of_burns_own() {
        let device = Device::flex().autodiff();
        for shape in [[2, 1, 1, 1], [9, 3, 5, 4], [64, 8, 8, 8], [5, 6, 2, 2], [3, 2, 17, 16]] {
            let input = normal("input", shape, &device);
            let (scale, shift) = (normal("scale", [shape[1]], &device), normal("shift", [shape[1]], &device));
            let by = normal("by", shape, &device);
            let theirs = batch_norm_train(input.clone(), scale.clone(), shift.clone(), 1e-5);
            let (ours, mean, variance) = normalised(input.clone(), scale.clone(), shift.clone(), 1e-5);
            assert!(apart(mean, theirs.mean.inner()) < 1e-5, "{shape:?}");
            assert!(apart(variance, theirs.variance.inner()) < 1e-5, "{shape:?}");
            assert!(apart(ours.clone(), theirs.output.clone()) < 1e-5, "{shape:?}");
            let (ours, theirs) = ((ours * by.clone()).sum().backward(), (theirs.output * by).sum().backward());
            // Of two values each is normalised to ±1, and the gradient is what is left by rounding.
            if shape != [2, 1, 1, 1] {
                assert!(apart(input.grad(&ours).unwrap(), input.grad(&theirs).unwrap()) < 1e-5, "{shape:?}");
            }
            for tensor in [&scale, &shift] {
                assert!(apart(tensor.grad(&ours).unwrap(), tensor.grad(&theirs).unwrap()) < 1e-5, "{shape:?}");
            }
        }
    }
}
