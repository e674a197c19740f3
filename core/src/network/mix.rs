//! What the edges of all cells of a supernet do in one pass.

use burn::tensor::Tensor;

use super::device::is_processor;

/// One operation on each edge, or a sum of all of them.
#[allow(clippy::large_enum_variant, reason = "there is one for each pass through a network")]
#[derive(Debug, Clone)]
pub(super) enum Mix {
    /// The operation of each edge, `[edges of all kinds of cells]`: the path of an architecture. No other operation runs.
    Path(Vec<usize>),
    /// The same, with the shares of a corner: each operation times its share, so that the loss has a slope in those alone that
    /// run.
    Corner(Vec<usize>, Tensor<1>),
    /// The sum of all operations with these shares, `[Σ K]`, edge by edge; where edges have weights, `[Σ K + edges]`, these last.
    Shares(Tensor<1>),
}

impl Mix {
    /// The same, whose shares have no slopes: what is to move the weights alone need not compute them, nor keep for them what the
    /// operations gave.
    pub(super) fn without_slopes(self) -> Self {
        // burn's own `detach` gives a tensor that wants a gradient again.
        let plain = |shares: Tensor<1>| Tensor::from_inner(shares.inner());
        match self {
            Self::Path(choices) => Self::Path(choices),
            Self::Corner(choices, shares) => Self::Corner(choices, plain(shares)),
            Self::Shares(shares) => Self::Shares(plain(shares)),
        }
    }

    /// `value`, `[batch, channels, height, width]`, times the share at `index`.
    pub(super) fn weighted(value: Tensor<4>, shares: &Tensor<1>, index: usize) -> Tensor<4> {
        let share = shares.clone().narrow(0, index, 1).reshape([1, 1, 1, 1]);
        if is_processor(&value.device()) { value * share } else { spread(value, share) }
    }
}

/// The product with a share that is spread over channels. Its slope is a sum over all values, for which burn gives a GPU one thread
/// for each number of a factor: 7 ns for each value on an H200. So each channel of each image has a thread.
fn spread(value: Tensor<4>, share: Tensor<4>) -> Tensor<4> {
    let [batch, channels, _, _] = value.dims();
    value * share.expand([batch, channels, 1, 1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::tensors::{apart, normal};
    use super::*;

    #[test]
    fn a_share_that_is_spread_has_the_same_slope() {
        let device = Device::flex().autodiff();
        let given = |of: &dyn Fn(Tensor<4>, Tensor<4>) -> Tensor<4>| {
            let (value, share) = (normal("value", [3, 2, 4, 5], &device), normal("share", [1, 1, 1, 1], &device));
            let output = of(value.clone(), share.clone());
            let gradients = (output.clone() * normal("by", [3, 2, 4, 5], &device)).sum().backward();
            [output.inner(), value.grad(&gradients).unwrap(), share.grad(&gradients).unwrap()]
        };
        for (one, other) in given(&|value, share| value * share).into_iter().zip(given(&spread)) {
            assert!(apart(one, other) < 1e-5);
        }
    }
}
