//! What the edges of all cells of a supernet do in one pass.

use burn::tensor::Tensor;

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

    /// The share at `index`, to be multiplied with `[batch, channels, height, width]`.
    pub(super) fn share(shares: &Tensor<1>, index: usize) -> Tensor<4> {
        shares.clone().narrow(0, index, 1).reshape([1, 1, 1, 1])
    }
}
