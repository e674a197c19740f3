//! Values on their way back from a device: at once from the processor, later from a GPU.

use std::future::Future;

use burn::tensor::{Tensor, read_sync};

/// A device that is no longer there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the device was lost: {0}")]
pub struct Lost(String);

/// The values of a tensor of f32, the last axis fastest.
pub(super) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Lost> {
    let data = tensor.into_data_async().await.map_err(|error| Lost(error.to_string()))?;
    Ok(data.try_to_vec().expect("every tensor of a network is of f32"))
}

/// Waits on this thread. In a browser nothing may wait; there the processor alone answers in time.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    read_sync(future)
}
