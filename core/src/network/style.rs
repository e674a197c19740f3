//! In what the networks of a search differ from the published ones that are trained after it.

use crate::objective::supernet::Activation;

/// What a network is built with beside its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// What stands before its convolutions and its classifier.
    pub(super) activation: Activation,
    /// Whether the normalisations inside cells scale and shift. A search leaves that out: a scale would take the place of a share.
    pub(super) affine: bool,
    /// Whether the pools of cells with two inputs are normalised, so that they compete with what has a norm.
    pub(super) pools_are_normalised: bool,
    /// 1 / K of the channels pass through the operations of an edge, the others by them.
    pub(super) share_of_channels: usize,
}

impl Style {
    /// A network that is trained for itself.
    pub(super) const PUBLISHED: Self =
        Self { activation: Activation::Relu, affine: true, pools_are_normalised: false, share_of_channels: 1 };

    /// A supernet that is searched.
    pub(super) const SEARCHED: Self = Self { affine: false, pools_are_normalised: true, ..Self::PUBLISHED };

    /// Checks that `channels` can be divided so.
    pub(super) fn check(&self, channels: usize) -> Result<(), String> {
        let parts = self.share_of_channels;
        if parts == 0 || !channels.is_multiple_of(parts) {
            return Err(format!("channels must be a multiple of partial_channels, got {channels} for {parts}"));
        }
        Ok(())
    }
}
