//! Batch normalisation with the statistics of the batch, as one operation with a gradient of its own, on the processor.
//!
//! burn composes it of reductions and broadcasts, each of which goes through memory once more. A GPU has the same with other
//! sums.

#[cfg(any(test, feature = "wgpu", feature = "cuda", feature = "webgpu"))]
mod gpu;
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
    #[cfg(any(feature = "wgpu", feature = "cuda", feature = "webgpu"))]
    if let Some(result) = gpu::normalised::<burn::backend::Cube>(&input, &scale, &shift, epsilon) {
        return result;
    }
    let result = batch_norm_train(input, scale, shift, epsilon);
    (result.output, result.mean.inner(), result.variance.inner())
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
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
            let gradients = (theirs.output.clone() * by.clone()).sum().backward();
            let on_gpu = gpu::normalised::<Flex>(&input, &scale, &shift, 1e-5).unwrap();
            let [of_scale, of_shift] = [&scale, &shift].map(|line| line.clone().inner());
            let (plain, _, _) = gpu::normalised::<Flex>(&input.clone().inner(), &of_scale, &of_shift, 1e-5).unwrap();
            assert!(apart(plain, on_gpu.0.clone().inner()) < 1e-6, "{shape:?}");
            for (ours, mean, variance) in [normalised(input.clone(), scale.clone(), shift.clone(), 1e-5), on_gpu] {
                assert!(apart(mean, theirs.mean.clone().inner()) < 1e-5, "{shape:?}");
                assert!(apart(variance, theirs.variance.clone().inner()) < 1e-5, "{shape:?}");
                assert!(apart(ours.clone(), theirs.output.clone()) < 1e-5, "{shape:?}");
                let ours = (ours * by.clone()).sum().backward();
                // Of two values each is normalised to ±1, and the gradient is what is left by rounding.
                if shape != [2, 1, 1, 1] {
                    assert!(apart(input.grad(&ours).unwrap(), input.grad(&gradients).unwrap()) < 1e-5, "{shape:?}");
                }
                for tensor in [&scale, &shift] {
                    assert!(apart(tensor.grad(&ours).unwrap(), tensor.grad(&gradients).unwrap()) < 1e-5, "{shape:?}");
                }
            }
        }
    }
}
