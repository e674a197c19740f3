//! The tensors of a network by name: how they start, and how their values are read and set.
//!
//! The names are those of the `state_dict` of the benchmark's `TinyNetwork`, and so are the layouts.

use burn::module::Param;
use burn::tensor::{Tensor, TensorData};

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
    pub(super) fn values(&self) -> Vec<f32> {
        let data = match &self.held {
            Held::One(param) => param.val().into_data(),
            Held::Two(param) => param.val().into_data(),
            Held::Four(param) => param.val().into_data(),
            Held::Statistic(tensor) => Tensor::clone(tensor).into_data(),
        };
        data.try_to_vec().expect("every tensor of the network is of f32")
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
