//! Tensors to test an operation with, beside another that is to give the same.

use burn::tensor::{Device, Tensor, TensorData};

use crate::random::Stream;
use crate::space::{Cells, Space};

/// Values of a standard normal distribution, from a stream of that name; its gradient is recorded.
pub(super) fn normal<const D: usize>(name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut stream = Stream::new(1, name, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.normal() as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device).require_grad()
}

/// Largest difference over largest value.
pub(super) fn apart<const D: usize>(one: Tensor<D>, other: Tensor<D>) -> f32 {
    assert_eq!(one.dims(), other.dims());
    let largest = other.clone().abs().max().into_scalar::<f32>().max(f32::MIN_POSITIVE);
    (one - other).abs().max().into_scalar::<f32>() / largest
}

/// The cells of NAS-Bench-201.
pub(super) fn nas_bench_201() -> Cells {
    Cells::of(&Space::named("nas-bench-201").unwrap()).unwrap()
}
