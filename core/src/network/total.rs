//! Sums that are the same bits each time.

use burn::tensor::Tensor;

use super::device::is_processor;

/// So many values one thread of a GPU adds up in the time that it takes to ask for another kernel: 7 ns for each, and 13 µs on an H200.
pub(super) const FEW: usize = 2048;

/// The sum of all values, `[1]`. All at once, a card of NVIDIA's adds them in another order each time; row by row it does not.
pub(super) fn total<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    if is_processor(&tensor.device()) { tensor.sum() } else { by_rows(tensor) }
}

/// A few values at once, and of many as many rows as a row has values, or nearly: a GPU gives each row a thread, and one thread adds the
/// rows.
fn by_rows<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.dims().iter().product::<usize>();
    if count <= FEW {
        return tensor.reshape([count]).sum_dim(0);
    }
    let rows = (1..=count.isqrt()).rev().find(|rows| count.is_multiple_of(*rows)).unwrap_or(1);
    tensor.reshape([rows, count / rows]).sum_dim(1).sum_dim(0).reshape([1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::tensors::{apart, normal};
    use super::*;

    #[test]
    fn both_ways_add_the_same_values() {
        for shape in [[3, 4, 5], [1, 1, 1], [1, 7, 1], [16, 16, 9], [2053, 1, 1]] {
            let device = Device::flex().autodiff();
            let values = normal("values", shape, &device);
            let (rows, all) = (by_rows(values.clone().powi_scalar(2)), total(values.clone().powi_scalar(2)));
            assert!(apart(rows.clone().inner(), all.clone().inner()) < 1e-5, "{shape:?}");
            let [rows, all] = [rows, all].map(|sum| values.grad(&sum.backward()).unwrap());
            assert_eq!(apart(rows, all), 0.0, "{shape:?}");
        }
    }
}
