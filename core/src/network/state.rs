//! The tensors of a network by name: how they start, and how their values are read and set.
//!
//! The names are those of the `state_dict` of the benchmark's `TinyNetwork`, and so are the layouts.

use burn::module::Param;
use burn::tensor::{Tensor, TensorData};

use super::reading::{Lost, read};
use crate::numeric;
use crate::random::Stream;

/// The value of a tensor before training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// All 0.
    Zero,
    /// All 1.
    One,
    /// Uniform on ±1/√inputs: PyTorch's default for convolution and linear map, which the benchmark keeps (He et al.
    /// 2015, with a = √5).
    Uniform {
        /// Inputs of one output.
        inputs: usize,
    },
}

/// Where a tensor lives in its layer.
#[derive(Debug)]
pub(super) enum Held<'a> {
    /// A trained tensor of one axis.
    One(&'a mut Param<Tensor<1>>),
    /// A trained tensor of two axes.
    Two(&'a mut Param<Tensor<2>>),
    /// A trained tensor of four axes.
    Four(&'a mut Param<Tensor<4>>),
    /// A running statistic.
    Statistic(&'a mut Tensor<1>),
}

/// One tensor of a network.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    /// Its name, e.g. `cells.0.layers.3.op.1.weight`.
    pub(super) name: String,
    /// Its value before training.
    pub(super) start: Start,
    /// The tensor.
    pub(super) held: Held<'a>,
}

impl Slot<'_> {
    /// Its axes.
    pub(super) fn shape(&self) -> Vec<usize> {
        match &self.held {
            Held::One(param) => param.val().dims().to_vec(),
            Held::Two(param) => param.val().dims().to_vec(),
            Held::Four(param) => param.val().dims().to_vec(),
            Held::Statistic(tensor) => tensor.dims().to_vec(),
        }
    }

    /// Its values, the last axis fastest.
    pub(super) async fn values(&self) -> Result<Vec<f32>, Lost> {
        match &self.held {
            Held::One(param) => read(param.val()).await,
            Held::Two(param) => read(param.val()).await,
            Held::Four(param) => read(param.val()).await,
            Held::Statistic(tensor) => read(Tensor::clone(tensor)).await,
        }
    }

    /// Its gradient, the last axis fastest; `None` for a statistic, and where the loss does not depend on it.
    #[cfg(any(test, feature = "cpu"))]
    pub(super) fn gradient(&self, gradients: &burn::tensor::Gradients) -> Option<Vec<f32>> {
        self.flat_gradient(gradients)?.into_data().try_to_vec().ok()
    }

    /// Whether it is trained, and no running statistic.
    pub(super) fn is_trained(&self) -> bool {
        !matches!(self.held, Held::Statistic(_))
    }

    /// Its values on its device without a gradient, `[values]`.
    pub(super) fn flat(&self) -> Tensor<1> {
        let count = [self.shape().iter().product::<usize>()];
        match &self.held {
            Held::One(param) => param.val().inner().reshape(count),
            Held::Two(param) => param.val().inner().reshape(count),
            Held::Four(param) => param.val().inner().reshape(count),
            Held::Statistic(tensor) => Tensor::clone(tensor).reshape(count),
        }
    }

    /// Its gradient likewise; nothing for a statistic, and where the loss does not depend on it.
    pub(super) fn flat_gradient(&self, gradients: &burn::tensor::Gradients) -> Option<Tensor<1>> {
        let count = [self.shape().iter().product::<usize>()];
        match &self.held {
            Held::One(param) => param.val().grad(gradients).map(|gradient| gradient.reshape(count)),
            Held::Two(param) => param.val().grad(gradients).map(|gradient| gradient.reshape(count)),
            Held::Four(param) => param.val().grad(gradients).map(|gradient| gradient.reshape(count)),
            Held::Statistic(_) => None,
        }
    }

    /// Takes `values`, `[values]` on its device, in; their gradients are recorded where its own were.
    pub(super) fn set_flat(&mut self, values: Tensor<1>) {
        match &mut self.held {
            Held::One(param) => **param = Param::from_tensor(recorded(values, &param.val())),
            Held::Two(param) => **param = Param::from_tensor(recorded(values, &param.val())),
            Held::Four(param) => **param = Param::from_tensor(recorded(values, &param.val())),
            Held::Statistic(tensor) => **tensor = values.reshape(tensor.dims()),
        }
    }

    /// Sets its values, the last axis fastest: as many as the shape says.
    pub(super) fn set(&mut self, values: Vec<f32>) {
        let data = TensorData::new(values, self.shape());
        match &mut self.held {
            Held::One(param) => **param = Param::from_data(data, &param.val().device()),
            Held::Two(param) => **param = Param::from_data(data, &param.val().device()),
            Held::Four(param) => **param = Param::from_data(data, &param.val().device()),
            Held::Statistic(tensor) => **tensor = Tensor::from_data(data, &tensor.device()),
        }
    }

    /// Sets the values from before training. Every tensor has a stream of its own, named after it, so that a layer
    /// more or less moves no draw of the others.
    pub(super) fn start(&mut self, seed: u64) {
        let count = self.shape().iter().product();
        let values = match self.start {
            Start::Zero => vec![0.0; count],
            Start::One => vec![1.0; count],
            Start::Uniform { inputs } => {
                let bound = 1.0 / numeric::sqrt(inputs as f64);
                let mut stream = Stream::new(seed, &format!("initial {}", self.name), 0);
                (0..count).map(|_| ((2.0 * stream.unit() - 1.0) * bound) as f32).collect()
            }
        };
        self.set(values);
    }
}

/// Values in the shape of another tensor, recorded if that is.
fn recorded<const D: usize>(values: Tensor<1>, like: &Tensor<D>) -> Tensor<D> {
    let values = values.reshape(like.dims());
    if like.is_autodiff() { Tensor::from_inner(values) } else { values }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::blueprint::Blueprint;
    use super::super::body::Network;
    use super::super::images::Shape;
    use super::super::reading::wait;
    use super::super::tensors::nas_bench_201;
    use super::*;
    use crate::objective::Training;
    use crate::space::Architecture;

    fn network(choices: [u8; 6], seed: u64) -> (Blueprint, Network) {
        let shape = Shape { channels: 3, height: 8, width: 8 };
        let training = Training { channels: 4, cells: 2, ..Training::default() };
        let blueprint = Blueprint::new(&nas_bench_201(), &Architecture::new(choices), &training, shape, 7).unwrap();
        let network = Network::new(&blueprint, seed, &Device::flex());
        (blueprint, network)
    }

    #[test]
    fn the_network_has_as_many_weights_as_its_blueprint_says() {
        for choices in [[0; 6], [1; 6], [2; 6], [3; 6], [4; 6], [3, 2, 1, 4, 0, 3]] {
            let (blueprint, mut network) = network(choices, 1);
            let trained = |slot: &Slot<'_>| !matches!(slot.held, Held::Statistic(_));
            let count = |slot: &Slot<'_>| slot.shape().iter().product::<usize>() as u64;
            let weights: u64 = network.slots().iter().filter(|slot| trained(slot)).map(count).sum();
            assert_eq!(weights, blueprint.parameters(), "{choices:?}");
        }
    }

    #[test]
    fn weights_start_as_pytorchs() {
        let (_, mut network) = network([3; 6], 1);
        let slots = network.slots();
        let values = |name: &str| wait(slots.iter().find(|slot| slot.name == name).unwrap().values()).unwrap();
        assert_eq!(values("stem.1.weight"), [1.0; 4]);
        assert_eq!(values("stem.1.bias"), [0.0; 4]);
        assert_eq!(values("stem.1.running_var"), [1.0; 4]);
        // 1,152 draws on ±1/√(16 · 9): the largest is near the bound, the mean square is a third of its square.
        let weights = values("cells.6.layers.0.op.1.weight");
        let bound = 1.0 / 12.0;
        let largest = weights.iter().fold(0f32, |largest, w| largest.max(w.abs()));
        assert!(largest < bound && largest > 0.99 * bound, "{largest}");
        let square = weights.iter().map(|w| w * w).sum::<f32>() / weights.len() as f32;
        assert!((square / (bound * bound) - 1.0 / 3.0).abs() < 0.04, "{square}");
    }

    #[test]
    fn a_layer_more_moves_no_draw_of_the_others() {
        let ((_, mut one), (_, mut other), (_, mut third)) =
            (network([3; 6], 1), network([3, 0, 0, 0, 0, 3], 1), network([3; 6], 2));
        let name = "cells.6.layers.5.op.1.weight";
        let values =
            |slots: Vec<Slot<'_>>| wait(slots.iter().find(|slot| slot.name == name).unwrap().values()).unwrap();
        assert_eq!(values(one.slots()), values(other.slots()));
        assert_ne!(values(one.slots()), values(third.slots()));
    }
}
