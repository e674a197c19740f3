//! One way through the network, kept step by step: forward once, and back along it.

use super::layout::Layout;
use super::rows::{add_scaled, add_weighted_rows, dot};
use crate::numeric;
use crate::space::Architecture;

/// The states along one sequence of choices. Steps that a new sequence shares with the last one are not done again.
#[derive(Debug, Clone)]
pub(super) struct Tape {
    /// What is taken at each position, `[L]`.
    choices: Vec<u8>,
    /// How many steps are done: step l is a function of the parameters and of `choices[..l]`.
    steps: usize,
    /// `[L, layers, 7H]`: gates i, f, g, o after their functions, c', tanh c', s'.
    states: Vec<f64>,
    /// p, log p, and ∂logit/∂(V s + v), each `[Σ K_l]`.
    pub(super) probabilities: Vec<f64>,
    pub(super) log_probabilities: Vec<f64>,
    slopes: Vec<f64>,
    logits: Vec<f64>,
    /// ∂·/∂logit, `[Σ K_l]`: what a caller of `add_gradient` wants carried back.
    pub(super) pulls: Vec<f64>,
    /// ∂·/∂s and ∂·/∂c of each layer, `[layers, H]`.
    state_pulls: Vec<f64>,
    cell_pulls: Vec<f64>,
    /// ∂·/∂(sums before the gates' functions), `[layers, L, 4H]`.
    gate_pulls: Vec<f64>,
    /// ∂·/∂x, `[H]`.
    input_pulls: Vec<f64>,
    /// What one unit gave at each step, `[L]`.
    column: Vec<f64>,
}

impl Tape {
    pub(super) fn new(layout: &Layout) -> Self {
        let Layout { ref space, hidden, layers, .. } = *layout;
        let row = vec![0.0; space.choices_in_all()];
        Self {
            choices: vec![0; space.length()],
            steps: 0,
            states: vec![0.0; space.length() * layers * 7 * hidden],
            probabilities: row.clone(),
            log_probabilities: row.clone(),
            slopes: row.clone(),
            logits: row.clone(),
            pulls: row,
            state_pulls: vec![0.0; layers * hidden],
            cell_pulls: vec![0.0; layers * hidden],
            gate_pulls: vec![0.0; layers * space.length() * 4 * hidden],
            input_pulls: vec![0.0; hidden],
            column: vec![0.0; space.length()],
        }
    }

    /// The parameters changed: nothing holds any more.
    pub(super) fn forget(&mut self) {
        self.steps = 0;
    }

    /// Takes `choice` at `position`; steps after it that were made with another are void.
    pub(super) fn take(&mut self, position: usize, choice: u8) {
        if self.choices[position] != choice {
            self.choices[position] = choice;
            self.steps = self.steps.min(position + 1);
        }
    }

    /// What is taken.
    pub(super) fn architecture(&self) -> Architecture {
        Architecture::new(self.choices.as_slice())
    }

    /// Makes the distribution at `position` that of the choices taken before it; those before it are made already.
    pub(super) fn reach(&mut self, layout: &Layout, parameters: &[f64], position: usize) {
        if position >= self.steps {
            self.step(layout, parameters, position);
            self.steps = position + 1;
        }
    }

    fn step(&mut self, layout: &Layout, parameters: &[f64], position: usize) {
        let (hidden, layers) = (layout.hidden, layout.layers);
        let (past, present) = self.states.split_at_mut(position * layers * 7 * hidden);
        for layer in 0..layers {
            let (below, here) = present.split_at_mut(layer * 7 * hidden);
            let (gates, rest) = here[..7 * hidden].split_at_mut(4 * hidden);
            let input = match layer {
                0 => &parameters[layout.input(position, previous(&self.choices, position))],
                _ => &below[below.len() - hidden..],
            };
            let (from_input, from_state) = parameters[layout.weights(layer)].split_at(4 * hidden * hidden);
            gates.copy_from_slice(&parameters[layout.biases(layer)]);
            add_weighted_rows(from_input, input, gates);
            let before = before(past, layers, layer, hidden);
            if let Some((_, state)) = before {
                add_weighted_rows(from_state, state, gates);
            }
            for (index, gate) in gates.iter_mut().enumerate() {
                let is_candidate = index / hidden == 2;
                *gate = if is_candidate { numeric::tanh(*gate) } else { numeric::sigmoid(*gate) };
            }
            let (cell, rest) = rest.split_at_mut(hidden);
            let (squashed, state) = rest.split_at_mut(hidden);
            for unit in 0..hidden {
                let kept = before.map_or(0.0, |(cell, _)| gates[hidden + unit] * cell[unit]);
                cell[unit] = kept + gates[unit] * gates[2 * hidden + unit];
                squashed[unit] = numeric::tanh(cell[unit]);
                state[unit] = gates[3 * hidden + unit] * squashed[unit];
            }
        }
        let top = &present[(7 * layers - 1) * hidden..7 * layers * hidden];
        let row = layout.space.offset(position)..layout.space.offset(position + 1);
        let weights =
            parameters[layout.head(position)].chunks_exact(hidden).zip(&parameters[layout.head_biases(position)]);
        let logits = self.logits[row.clone()].iter_mut().zip(&mut self.slopes[row.clone()]);
        for ((weights, bias), (logit, slope)) in weights.zip(logits) {
            let scaled = (dot(weights, top) + bias) / layout.temperature;
            if layout.tanh_constant > 0.0 {
                let bent = numeric::tanh(scaled);
                *logit = layout.tanh_constant * bent;
                *slope = layout.tanh_constant * (1.0 - bent * bent) / layout.temperature;
            } else {
                *logit = scaled;
                *slope = 1.0 / layout.temperature;
            }
        }
        let normaliser = numeric::softmax(&self.logits[row.clone()], &mut self.probabilities[row.clone()]).ln();
        for (log_p, logit) in self.log_probabilities[row.clone()].iter_mut().zip(&self.logits[row]) {
            *log_p = logit - normaliser;
        }
    }

    /// `gradient += Σ pulls · ∂logits/∂α` along the way that is taken: backpropagation through time.
    ///
    /// All steps are done.
    pub(super) fn add_gradient(&mut self, layout: &Layout, parameters: &[f64], gradient: &mut [f64]) {
        let (hidden, layers) = (layout.hidden, layout.layers);
        self.state_pulls.fill(0.0);
        self.cell_pulls.fill(0.0);
        for position in (0..layout.space.length()).rev() {
            let (past, present) = self.states.split_at(position * layers * 7 * hidden);
            let top = &present[(7 * layers - 1) * hidden..7 * layers * hidden];
            let row = layout.space.offset(position)..layout.space.offset(position + 1);
            let (head, biases) = (layout.head(position), layout.head_biases(position).start);
            let into_top = &mut self.state_pulls[(layers - 1) * hidden..];
            for (choice, (pull, slope)) in self.pulls[row.clone()].iter().zip(&self.slopes[row]).enumerate() {
                let pull = pull * slope;
                let weights = head.start + choice * hidden..head.start + (choice + 1) * hidden;
                add_scaled(pull, top, &mut gradient[weights.clone()]);
                gradient[biases + choice] += pull;
                add_scaled(pull, &parameters[weights], into_top);
            }
            for layer in (0..layers).rev() {
                let here = &present[layer * 7 * hidden..(layer + 1) * 7 * hidden];
                let before = before(past, layers, layer, hidden);
                let (lower, upper) = self.state_pulls.split_at_mut(layer * hidden);
                let state_pulls = &mut upper[..hidden];
                let cell_pulls = &mut self.cell_pulls[layer * hidden..(layer + 1) * hidden];
                let start = (layer * layout.space.length() + position) * 4 * hidden;
                let gate_pulls = &mut self.gate_pulls[start..start + 4 * hidden];
                pull_gates(here, before.map(|(cell, _)| cell), state_pulls, cell_pulls, gate_pulls);
                let (from_input, from_state) = parameters[layout.weights(layer)].split_at(4 * hidden * hidden);
                pull_inputs(from_input, gate_pulls, &mut self.input_pulls);
                // What is pulled of the state before takes the place of what was pulled of the state here.
                match before {
                    Some(_) => pull_inputs(from_state, gate_pulls, state_pulls),
                    None => state_pulls.fill(0.0),
                }
                let into = match layer {
                    0 => &mut gradient[layout.input(position, previous(&self.choices, position))],
                    _ => &mut lower[(layer - 1) * hidden..],
                };
                add_scaled(1.0, &self.input_pulls, into);
            }
        }
        for layer in 0..layers {
            self.add_gradient_of_weights(layout, parameters, layer, gradient);
        }
    }

    /// The weights of a layer are the same at every step, so that their gradient is one product of all steps: each row
    /// is read and written once instead of L times, which is most of the time of a way back.
    fn add_gradient_of_weights(&mut self, layout: &Layout, parameters: &[f64], layer: usize, gradient: &mut [f64]) {
        let (hidden, length) = (layout.hidden, layout.space.length());
        let width = 4 * hidden;
        let gate_pulls = &self.gate_pulls[layer * length * width..(layer + 1) * length * width];
        for pulls in gate_pulls.chunks_exact(width) {
            add_scaled(1.0, pulls, &mut gradient[layout.biases(layer)]);
        }
        let state = |position: usize, layer: usize| ((position * layout.layers + layer) * 7 + 6) * hidden;
        let (to_input, to_state) = gradient[layout.weights(layer)].split_at_mut(hidden * width);
        for (unit, row) in to_input.chunks_exact_mut(width).enumerate() {
            for (position, x) in self.column.iter_mut().enumerate() {
                *x = match layer {
                    0 => parameters[layout.input(position, previous(&self.choices, position)).start + unit],
                    _ => self.states[state(position, layer - 1) + unit],
                };
            }
            add_weighted_rows(gate_pulls, &self.column, row);
        }
        for (unit, row) in to_state.chunks_exact_mut(width).enumerate() {
            // The state before the first step is 0.
            let column = &mut self.column[1..];
            for (before, x) in column.iter_mut().enumerate() {
                *x = self.states[state(before, layer) + unit];
            }
            add_weighted_rows(&gate_pulls[width..], column, row);
        }
    }
}

/// The choice before `position`; any at position 0, whose input is the start.
fn previous(choices: &[u8], position: usize) -> u8 {
    position.checked_sub(1).map_or(0, |before| choices[before])
}

/// Cell and state of `layer` after the last step of `past`; `None` at the start, where both are 0.
fn before(past: &[f64], layers: usize, layer: usize, hidden: usize) -> Option<(&[f64], &[f64])> {
    let start = past.len().checked_sub((layers - layer) * 7 * hidden)?;
    let there = &past[start..start + 7 * hidden];
    Some((&there[4 * hidden..5 * hidden], &there[6 * hidden..]))
}

/// From ∂·/∂s' and ∂·/∂c' of a cell to those of its four sums, `[4H]`, and to ∂·/∂c, in the place of ∂·/∂c'.
fn pull_gates(
    here: &[f64],
    cell_before: Option<&[f64]>,
    state_pulls: &[f64],
    cell_pulls: &mut [f64],
    gates: &mut [f64],
) {
    let hidden = state_pulls.len();
    for unit in 0..hidden {
        let [i, f, g, o] = [0, 1, 2, 3].map(|gate| here[gate * hidden + unit]);
        let squashed = here[5 * hidden + unit];
        let cell_pull = cell_pulls[unit] + state_pulls[unit] * o * (1.0 - squashed * squashed);
        gates[unit] = cell_pull * g * i * (1.0 - i);
        gates[hidden + unit] = cell_pull * cell_before.map_or(0.0, |cell| cell[unit]) * f * (1.0 - f);
        gates[2 * hidden + unit] = cell_pull * i * (1.0 - g * g);
        gates[3 * hidden + unit] = state_pulls[unit] * squashed * o * (1.0 - o);
        cell_pulls[unit] = cell_pull * f;
    }
}

/// From ∂·/∂(sums) to ∂·/∂inputs, written to `pulls`.
fn pull_inputs(rows: &[f64], gates: &[f64], pulls: &mut [f64]) {
    for (pull, row) in pulls.iter_mut().zip(rows.chunks_exact(gates.len())) {
        *pull = dot(row, gates);
    }
}
