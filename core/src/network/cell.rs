//! A cell of a network: of one architecture, or of a supernet with every operation on every edge.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::blueprint::{Blueprint, Place};
use super::edge::Edge;
use super::factorised::FactorisedReduction;
use super::layer::Layer;
use super::layers::{Normalised, Phase};
use super::mix::Mix;
use super::state::Slot;

/// A cell: the first nodes are its inputs, node i the sum of its edges from nodes j < i.
#[derive(Module, Debug)]
pub(super) struct Cell {
    /// What makes the channels and the sides of each input those of the nodes: in cells with two inputs alone.
    adapters: Vec<Layer>,
    edges: Vec<Edge>,
    nodes: usize,
    channels: usize,
    stride: usize,
    /// Whether it is of a supernet.
    holds_all: bool,
}

/// Where the shares of a pass through a cell come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'a> {
    /// What its edges do; nothing in a network of one architecture.
    pub(super) mix: Option<&'a Mix>,
    /// Where the weights of edges begin among the shares, if edges have any.
    pub(super) edge_weights: Option<usize>,
    /// What its normalisations do.
    pub(super) phase: Phase,
}

impl Cell {
    pub(super) fn new(blueprint: &Blueprint, place: &Place, device: &Device) -> Self {
        let Place { kind, given, channels, stride, older_is_larger } = *place;
        let (inputs, style) = (blueprint.inputs(), blueprint.style);
        let convolution = |given| Layer::Normalised(Normalised::new(given, channels, 1, 1, style, device));
        let adapters = match inputs {
            1 => Vec::new(),
            _ if older_is_larger => {
                vec![Layer::Halved(FactorisedReduction::new(given[0], channels, style, device)), convolution(given[1])]
            }
            _ => given.map(convolution).into(),
        };
        let of_kinds = blueprint.plans.iter().enumerate();
        let all = of_kinds.flat_map(|(kind, plans)| plans.iter().map(move |plan| (kind, plan)));
        let mut edges = Vec::new();
        let mut offset = 0;
        for (position, (of, plan)) in all.enumerate() {
            if of == kind {
                let stride = if plan.from < inputs { stride } else { 1 };
                edges.push(Edge::new(plan, [position, offset], inputs, channels, stride, style, device));
            }
            offset += plan.operations.len();
        }
        let (nodes, holds_all) = (blueprint.cells().kinds()[kind].nodes, blueprint.architecture().is_none());
        Self { adapters, edges, nodes, channels, stride, holds_all }
    }

    /// The older and the newer input, `[batch, given, height, width]`, to `[batch, channels, height, width]`, or as many times the
    /// channels as nodes are concatenated. A node that nothing reaches is 0.
    pub(super) fn forward(&mut self, older: Tensor<4>, newer: Tensor<4>, pass: Pass<'_>) -> Tensor<4> {
        let mut nodes: Vec<Option<Tensor<4>>> = match self.adapters.as_mut_slice() {
            [first, second] => vec![first.forward(older, pass.phase), second.forward(newer, pass.phase)],
            _ => vec![Some(newer)],
        };
        let inputs = nodes.len();
        nodes.resize(self.nodes, None);
        let [batch, _, height, width] = nodes[0].as_ref().map_or([0; 4], Tensor::dims);
        let device = nodes[0].as_ref().map(Tensor::device).unwrap_or_default();
        let (channels, stride) = (self.channels, self.stride);
        let zeros = |node: usize| {
            let stride = if node < inputs { 1 } else { stride };
            Tensor::zeros([batch, channels, height.div_ceil(stride), width.div_ceil(stride)], &device)
        };
        let needed = self.needed(pass.mix, inputs);
        for (edge, needed) in self.edges.iter_mut().zip(needed) {
            if !needed {
                continue;
            }
            // Zeros are not zeros any more after a norm that shifts.
            let source = nodes[edge.from].clone().unwrap_or_else(|| zeros(edge.from));
            let value = match pass.mix {
                None => edge.operation(0, source, pass.phase),
                Some(Mix::Path(choices)) => edge.operation(choices[edge.position], source, pass.phase),
                Some(Mix::Corner(choices, shares)) => {
                    let choice = choices[edge.position];
                    let value = edge.operation(choice, source, pass.phase);
                    value.map(|value| Mix::weighted(value, shares, edge.offset + choice))
                }
                Some(Mix::Shares(shares)) => {
                    let value = edge.mixture(shares, source, pass.phase);
                    match (value, pass.edge_weights) {
                        (Some(value), Some(from)) => Some(Mix::weighted(value, shares, from + edge.position)),
                        (value, _) => value,
                    }
                }
            };
            nodes[edge.to] = match (nodes[edge.to].take(), value) {
                (Some(sum), Some(value)) => Some(sum + value),
                (sum, value) => sum.or(value),
            };
        }
        let last = if inputs == 2 { inputs } else { self.nodes - 1 };
        let outputs = (last..).zip(nodes.drain(last..)).map(|(node, value)| value.unwrap_or_else(|| zeros(node)));
        let mut outputs: Vec<Tensor<4>> = outputs.collect();
        if outputs.len() == 1 { outputs.remove(0) } else { Tensor::cat(outputs, 1) }
    }

    /// Of each edge, whether the output can depend on it in this pass.
    fn needed(&self, mix: Option<&Mix>, inputs: usize) -> Vec<bool> {
        match mix {
            None => self.edges.iter().map(|edge| edge.needed).collect(),
            Some(Mix::Shares(_)) => vec![true; self.edges.len()],
            Some(Mix::Path(choices) | Mix::Corner(choices, _)) => {
                let mut reached = vec![inputs == 2; self.nodes];
                reached[self.nodes - 1] = true;
                let mut needed = vec![false; self.edges.len()];
                for (index, edge) in self.edges.iter().enumerate().rev() {
                    needed[index] = reached[edge.to] && !edge.gives_zeros(choices[edge.position]);
                    reached[edge.from] |= needed[index];
                }
                needed
            }
        }
    }

    /// The names of one architecture are those of the sources' own networks, `TinyNetwork` and `NetworkCIFAR`.
    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        let edges = match (self.holds_all, self.adapters.len()) {
            (true, _) => "edges",
            (false, 2) => "_ops",
            (false, _) => "layers",
        };
        for (number, adapter) in self.adapters.iter_mut().enumerate() {
            adapter.slots(&format!("{name}.preprocess{number}"), slots);
        }
        for (index, edge) in self.edges.iter_mut().enumerate() {
            edge.slots(&format!("{name}.{edges}.{index}"), self.holds_all, slots);
        }
    }
}
