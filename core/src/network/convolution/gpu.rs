//! A convolution on a GPU, whose gradient in its weights is summed image by image.
//!
//! burn gives each weight a thread, which goes over the pixels of all images: 4.7 ms on an H200 for 16 × 16 weights and 64 images of
//! 32 × 32, while most of the card idles. Here a weight has a thread for every part of the batch.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, DispatchKindConversion, DispatchTensor};
use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

/// The most sums that are kept apart at once, 16 MiB of them, unless there are as many weights.
const MOST_SUMS: usize = 1 << 22;

/// The convolution of tensors on the backend `B` whose gradients are recorded; nothing where they lie elsewhere. Every channel is
/// convolved with all, or each with itself.
pub(super) fn convolution<B: Backend>(
    input: &Tensor<4>,
    weight: &Tensor<4>,
    options: &ConvOptions<2>,
) -> Option<Tensor<4>>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let recorded =
        (input.clone().try_into_primitive::<Autodiff<B>>(), weight.clone().try_into_primitive::<Autodiff<B>>());
    let (Ok(input), Ok(weight)) = recorded else { return None };
    let (input, of_input) = input.into_parts();
    let (weight, of_weight) = weight.into_parts();
    let output = B::conv2d(input.clone(), weight.clone(), None, options.clone());
    let operation = Convolution { options: options.clone() };
    let operation = operation.prepare::<NoCheckpointing>([of_input, of_weight]).compute_bound().stateful();
    Some(Tensor::from_primitive::<Autodiff<B>>(match operation {
        OpsKind::Tracked(prepared) => prepared.finish((input, weight), output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }))
}

#[derive(Debug)]
struct Convolution {
    options: ConvOptions<2>,
}

impl<B: Backend> Backward<B, 2> for Convolution
where
    DispatchTensor: DispatchKindConversion<B>,
{
    /// Input and weight.
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (x, w) = ops.state;
        let dy = gradients.consume::<B>(&ops.node);
        let [of_input, of_weight] = ops.parents;
        if let Some(weight) = of_weight {
            let [x, w, dy] = [&x, &w, &dy].map(|tensor| Tensor::<4>::from_primitive::<B>(tensor.clone()));
            let dw = of_weights(x, dy, w.dims(), &self.options, MOST_SUMS);
            gradients.register::<B>(weight.id, dw.try_into_primitive::<B>().expect("it is where its input is"));
        }
        if let Some(input) = of_input {
            gradients.register::<B>(input.id, B::conv2d_x_backward(x, w, dy, self.options));
        }
    }
}

/// The gradient in weights of `shape`, `[outputs, inputs of a group, kernel, kernel]`: a convolution of the input by the gradient of the
/// output, in which images are channels. Stride and dilation change places, and each part of the images is a group.
fn of_weights(x: Tensor<4>, dy: Tensor<4>, shape: [usize; 4], options: &ConvOptions<2>, most: usize) -> Tensor<4> {
    let ([images, inputs, height, width], [_, outputs, rows, columns]) = (x.dims(), dy.dims());
    let [_, _, kernel, _] = shape;
    let convolved = |x, dy, groups| {
        let swapped = ConvOptions::new(options.dilation, options.padding_begin(), options.stride, groups);
        let sums = conv2d(x, dy, None, swapped);
        // Where the stride leaves pixels over, there are sums for a larger kernel.
        sums.narrow(2, 0, kernel).narrow(3, 0, kernel)
    };
    if options.groups > 1 {
        debug_assert!(options.groups == inputs && inputs == outputs, "each channel with itself");
        let image = x.swap_dims(0, 1).reshape([1, inputs * images, height, width]);
        let kernels = dy.swap_dims(0, 1).reshape([outputs * images, 1, rows, columns]);
        let sums = convolved(image, kernels, outputs * images).reshape([outputs, images, kernel * kernel]);
        return sums.sum_dim(1).reshape(shape);
    }
    let side = |pixels: usize, given: usize, axis: usize| {
        let padded = pixels + 2 * options.padding_begin()[axis];
        (padded - options.stride[axis] * (given - 1) - 1) / options.dilation[axis] + 1
    };
    let of_a_part = inputs * outputs * side(height, rows, 0) * side(width, columns, 1);
    let fits = |parts: &usize| images.is_multiple_of(*parts) && parts * of_a_part <= most;
    let parts = (1..=images).rev().find(fits).unwrap_or(1);
    let kernels = dy.reshape([parts, images / parts, outputs, rows * columns]).swap_dims(1, 2);
    let kernels = kernels.reshape([parts * outputs, images / parts, rows, columns]);
    let sums = convolved(x.swap_dims(0, 1), kernels, parts).reshape([inputs, parts, outputs * kernel * kernel]);
    sums.sum_dim(1).reshape([inputs, outputs, kernel, kernel]).swap_dims(0, 1)
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::tensor::Device;

    use super::super::super::tensors::{apart, normal};
    use super::*;

    #[test]
    fn values_and_gradients_are_those_of_burns_own() {
        let device = Device::flex().autodiff();
        let all = [(1, 1, 1, None), (3, 1, 1, None), (3, 2, 1, None), (1, 2, 1, None)];
        let each = [(3, 1, 1), (3, 1, 2), (3, 2, 2), (5, 1, 1), (5, 2, 1), (5, 1, 2), (5, 2, 2)];
        let each = each.map(|(kernel, stride, dilation)| (kernel, stride, dilation, Some(4)));
        for (kernel, stride, dilation, channels) in all.into_iter().chain(each) {
            for [images, height, width] in [[1, 1, 1], [6, 8, 8], [5, 7, 4]] {
                let groups = channels.unwrap_or(1);
                let input = normal("input", [images, 4, height, width], &device);
                let weight = normal("weight", [channels.unwrap_or(6), 4 / groups, kernel, kernel], &device);
                let padding = [kernel / 2 * dilation; 2];
                let options = ConvOptions::new([stride; 2], padding, [dilation; 2], groups);
                let theirs = conv2d(input.clone(), weight.clone(), None, options.clone());
                let ours = convolution::<Flex>(&input, &weight, &options).unwrap();
                let case = format!("kernel {kernel}, {options:?}, {images} of {height} × {width}");
                assert!(apart(ours.clone(), theirs.clone()) < 1e-5, "{case}");
                let by = normal("by", ours.dims(), &device);
                let (ours, theirs) = ((ours * by.clone()).sum().backward(), (theirs * by).sum().backward());
                for tensor in [&input, &weight] {
                    let (ours, theirs) = (tensor.grad(&ours).unwrap(), tensor.grad(&theirs).unwrap());
                    assert!(apart(ours, theirs) < 1e-5, "{case}");
                }
            }
        }
    }

    #[test]
    fn the_parts_of_a_batch_change_nothing() {
        let device = Device::flex().autodiff();
        let options = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
        let (x, weight) = (normal("input", [6, 4, 8, 8], &device), normal("weight", [5, 4, 3, 3], &device));
        let output = conv2d(x.clone(), weight.clone(), None, options.clone());
        let by = normal("by", output.dims(), &device).inner();
        let gradients = (output * Tensor::from_inner(by.clone())).sum().backward();
        // Sums for a kernel of 4 × 4 are made, of which 3 × 3 are wanted.
        for most in [1, 2, 3, 6].map(|parts| parts * 5 * 4 * 4 * 4) {
            let ours = of_weights(x.clone().inner(), by.clone(), weight.dims(), &options, most);
            assert!(apart(ours, weight.grad(&gradients).unwrap()) < 1e-5, "{most}");
        }
    }
}
