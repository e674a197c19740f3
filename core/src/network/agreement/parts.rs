//! Whether a device computes each part of a network as the processor does, so that a wrong one has a name.

use burn::tensor::{Device, Gradients, Tensor, TensorData};
use serde::Serialize;

use super::super::batch_norm;
use super::super::blueprint::EdgePlan;
use super::super::device::{self, DeviceError};
use super::super::edge::Edge;
use super::super::layers::{Linear, Phase};
use super::super::mix::Mix;
use super::super::reduction::Reduction;
use super::super::state::Slot;
use super::super::style::Style;
use super::relative;
use crate::objective::DeviceName;
use crate::random::Stream;
use crate::space::Operation;

/// A part of a network, and by how much a device computes it otherwise than the processor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartDifference {
    /// The operation by its name, or what it is.
    pub name: String,
    /// Of its result: the norm of the difference over the norm on the processor.
    pub output: f64,
    /// Of the gradient in its input.
    pub input: f64,
    /// Of the gradient in its weights; 0 where it has none.
    pub weights: f64,
}

/// What a part gave on one device: its result, and the gradients in its input and in its weights.
type Given = [Vec<f32>; 3];

/// Images, channels and sides of what every part is given; so many values of a channel that a GPU adds them up in two stages.
const SHAPE: [usize; 4] = [16, 8, 16, 16];

/// Compares every part of the networks of this crate on `name` with the processor, from the same numbers.
///
/// # Errors
/// If the device is not there.
pub fn part_differences(name: DeviceName) -> Result<Vec<PartDifference>, DeviceError> {
    let [here, there] = [DeviceName::Cpu, name].map(|name| device::of(name).map(Device::autodiff));
    let (here, there) = (here?, there?);
    let compare = |(name, of): (String, fn_of::Part)| {
        let [here, there] = [&here, &there].map(&of);
        let apart = |index: usize| relative(&here[index], &there[index]);
        PartDifference { name, output: apart(0), input: apart(1), weights: apart(2) }
    };
    Ok(all().into_iter().map(compare).collect())
}

/// A part as a function of the device.
mod fn_of {
    use super::{Device, Given};

    pub(super) type Part = Box<dyn Fn(&Device) -> Given>;
}

fn all() -> Vec<(String, fn_of::Part)> {
    let mut all: Vec<(String, fn_of::Part)> = Vec::new();
    for operation in Operation::ALL.into_iter().filter(|operation| *operation != Operation::None) {
        for stride in [1, 2] {
            let halved = if stride == 2 { ", sides halved" } else { "" };
            let part = move |device: &Device| {
                let plan = EdgePlan { to: 2, from: 0, operations: vec![operation], needed: true };
                let mut edge = Edge::new(&plan, [0, 0], 2, SHAPE[1], stride, Style::SEARCHED, device);
                let mut slots = Vec::new();
                edge.slots("edge", false, &mut slots);
                slots.iter_mut().for_each(|slot| slot.start(1));
                let input = numbers("input", SHAPE, device).require_grad();
                let output = edge.operation(0, input.clone(), Phase::Train).unwrap_or_else(|| input.zeros_like());
                let mut slots = Vec::new();
                edge.slots("edge", false, &mut slots);
                given(output, &input, |gradients| of_slots(&slots, gradients))
            };
            all.push((format!("{}{halved}", operation.name()), Box::new(part)));
        }
    }
    all.push((
        "residual reduction".into(),
        Box::new(|device| {
            let mut layer = Reduction::new(SHAPE[1], Style::PUBLISHED, device);
            let mut slots = Vec::new();
            layer.slots("reduction", &mut slots);
            slots.iter_mut().for_each(|slot| slot.start(1));
            let input = numbers("input", SHAPE, device).require_grad();
            let output = layer.forward(input.clone(), Phase::Train);
            let mut slots = Vec::new();
            layer.slots("reduction", &mut slots);
            given(output, &input, |gradients| of_slots(&slots, gradients))
        }),
    ));
    all.push((
        "batch normalisation".into(),
        Box::new(|device| {
            let input = numbers("input", SHAPE, device).require_grad();
            let lines = ["scale", "shift"].map(|name| numbers(name, [SHAPE[1]], device).require_grad());
            let [scale, shift] = lines.clone();
            let (output, _, _) = batch_norm::normalised(input.clone(), scale, shift, 1e-5);
            given(output, &input, |gradients| {
                lines.iter().filter_map(|line| line.grad(gradients)).flat_map(read).collect()
            })
        }),
    ));
    all.push((
        "share of a mixture".into(),
        Box::new(|device| {
            let input = numbers("input", SHAPE, device).require_grad();
            let shares = numbers("shares", [3], device).require_grad();
            let output = Mix::weighted(input.clone(), &shares, 1);
            given(output, &input, |gradients| shares.grad(gradients).map(read).unwrap_or_default())
        }),
    ));
    all.push((
        "classifier".into(),
        Box::new(|device| {
            let mut layer = Linear::new(SHAPE[1], 10, device);
            let mut slots = Vec::new();
            layer.slots("classifier", &mut slots);
            slots.iter_mut().for_each(|slot| slot.start(1));
            let input = numbers("input", SHAPE, device).require_grad();
            let features = input.clone().mean_dim(3).mean_dim(2).reshape([SHAPE[0], SHAPE[1]]);
            let output = layer.forward(features).reshape([SHAPE[0], 10, 1, 1]);
            let mut slots = Vec::new();
            layer.slots("classifier", &mut slots);
            given(output, &input, |gradients| of_slots(&slots, gradients))
        }),
    ));
    all
}

/// The result and the gradients of its sum, weighted by numbers that are the same everywhere.
fn given(output: Tensor<4>, input: &Tensor<4>, of_weights: impl FnOnce(&Gradients) -> Vec<f32>) -> Given {
    let by = numbers("by", output.dims(), &output.device());
    let gradients = (output.clone() * by).sum().backward();
    let of_input = input.grad(&gradients).map(read).unwrap_or_default();
    [read(output), of_input, of_weights(&gradients)]
}

fn of_slots(slots: &[Slot<'_>], gradients: &Gradients) -> Vec<f32> {
    slots.iter().filter_map(|slot| slot.gradient(gradients)).flatten().collect()
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap_or_default()
}

fn numbers<const D: usize>(name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut stream = Stream::new(1, name, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.normal() as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_computes_every_part_as_itself() {
        let parts = part_differences(DeviceName::Cpu).unwrap();
        assert_eq!(parts.len(), 2 * 9 + 4);
        for part in parts {
            assert_eq!((part.output, part.input, part.weights), (0.0, 0.0, 0.0), "{}", part.name);
        }
    }

    /// Convolutions that have a kernel of their own on the processor give what burn's own give there.
    #[test]
    fn every_part_has_a_result_and_a_gradient() {
        for (name, part) in all() {
            let [output, input, _] = part(&Device::flex().autodiff());
            assert!(output.iter().chain(&input).all(|x| x.is_finite()), "{name}");
            assert!(output.iter().any(|x| *x != 0.0) && input.iter().any(|x| *x != 0.0), "{name}");
        }
    }
}
