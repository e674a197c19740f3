//! The autoregressive policy: a recurrent network (LSTM) that chooses position by position, each choice seen by the next.

mod entropy;
mod layout;
mod rows;
mod tape;

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use super::{Entropy, Policy, draw};
use crate::numeric;
use crate::random::Stream;
use crate::space::{Architecture, Space};
use layout::Layout;
use tape::Tape;

/// Options of [`Lstm`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// H, the units of a layer, in 1..=512.
    pub hidden: usize,
    /// Layers, one on top of the other, in 1..=4.
    pub layers: usize,
    /// T, by which logits are divided, in (0, 100]: above 1 the policy starts closer to uniform and learns slower.
    pub temperature: f64,
    /// c, in [0, 100]: logits are c·tanh(logits / T), so that no choice can be more than e²ᶜ times as probable as
    /// another; 0 leaves them as they are.
    pub tanh_constant: f64,
    /// Parameters start uniform on (−init, init); in (0, 10].
    pub init: f64,
}

impl Default for Options {
    /// The controller of Zoph and Le 2017.
    fn default() -> Self {
        Self { hidden: 35, layers: 2, temperature: 1.0, tanh_constant: 0.0, init: 0.08 }
    }
}

impl Options {
    fn check(&self) -> Result<(), String> {
        let Self { hidden, layers, temperature, tanh_constant, init } = *self;
        if !(1..=512).contains(&hidden) {
            return Err(format!("hidden must be in 1..=512, got {hidden}; try 35"));
        }
        if !(1..=4).contains(&layers) {
            return Err(format!("layers must be in 1..=4, got {layers}; try 2"));
        }
        if !(temperature > 0.0 && temperature <= 100.0) {
            return Err(format!("temperature must be in (0, 100], got {temperature}; try 1"));
        }
        if !(0.0..=100.0).contains(&tanh_constant) {
            return Err(format!("tanh_constant must be in [0, 100], got {tanh_constant}; try 0, which is off"));
        }
        if !(init > 0.0 && init <= 10.0) {
            return Err(format!("init must be in (0, 10], got {init}; try 0.08"));
        }
        Ok(())
    }
}

/// `p_α(h) = Π_l softmax(c·tanh((V_l s_l + v_l) / T))[h_l]`, `s_l` the hidden state of the top layer after the inputs
/// start, `E[1, h_1]`, …, `E[l − 1, h_{l−1}]`.
///
/// Each cell is `(i, f, g, o) = (σ, σ, tanh, σ)(W·[x; s] + b)`, `c' = f∘c + i∘g`, `s' = o∘tanh c'`, from state 0.
///
/// Entropy, marginals and mode are exact, by enumeration, over spaces of at most 256 architectures. Over larger ones the
/// first two are estimates ([`Entropy::Estimate`]) and the mode is that of **greedy decoding**, the most probable choice
/// at each position given those before it, which need not be the most probable architecture.
///
/// # Shapes
/// - parameters A, in this order: start `[H]`; an embedding E for each choice of each position but the last,
///   `[Σ K_l, H]`; for each layer weights `[2H, 4H]`, a row for each unit of [x; s], and biases `[4H]`, gates in the order
///   i, f, g, o; for each position weights V_l `[K_l, H]` and biases v_l `[K_l]`.
/// # Source
/// Zoph and Le 2017, section 3.1 and figure 2; the cell of Hochreiter and Schmidhuber 1997 with forget gates; temperature
/// and tanh constant of Bello et al. 2017, as ENAS (Pham et al. 2018) uses them.
/// # Differs from the source
/// A position has an embedding of its own for each choice, where the source feeds the softmax's output on. Skip
/// connections by attention are positions like any other.
/// # Cost
/// One step of the network for each position and draw; a draw followed by its log-probability and score costs one pass
/// forward and one back. Memory: A + `[L, layers, 11H]`.
///
/// ```
/// use bilevel::policy::{Lstm, Policy, lstm::Options};
/// use bilevel::random::Stream;
/// use bilevel::space::Space;
/// let space = Space::named("sequence:20x7").unwrap();
/// let mut random = Stream::new(7, "policy", 0);
/// let policy = Lstm::new(&Options::default(), &space, &mut random).unwrap();
/// let h = policy.sample(&mut random);
/// // Small weights: the start is close to uniform.
/// assert!((policy.log_probability(&h) + 20.0 * 7f64.ln()).abs() < 1.0);
/// ```
#[derive(Debug, Clone)]
pub struct Lstm {
    layout: Layout,
    /// α, `[A]`.
    parameters: Vec<f64>,
    /// The last way through the network. What follows shares its beginning, if only that of a draw with its score.
    tape: RefCell<Tape>,
}

impl Lstm {
    /// The policy over `space` with parameters drawn from `random`.
    ///
    /// # Errors
    /// If an option is out of range, or the network over this space would be too large.
    pub fn new(options: &Options, space: &Space, random: &mut Stream) -> Result<Self, String> {
        options.check()?;
        let layout = Layout::new(options, space)?;
        let parameters = (0..layout.parameters()).map(|_| options.init * (2.0 * random.unit() - 1.0)).collect();
        let tape = RefCell::new(Tape::new(&layout));
        Ok(Self { layout, parameters, tape })
    }

    /// Walks through the positions; `choose` sees each with its distribution, `[K_l]` p and log p, and says what is taken.
    fn walk(&self, tape: &mut Tape, mut choose: impl FnMut(usize, &[f64], &[f64]) -> u8) {
        let space = &self.layout.space;
        for position in 0..space.length() {
            tape.reach(&self.layout, &self.parameters, position);
            let row = space.offset(position)..space.offset(position + 1);
            let choice = choose(position, &tape.probabilities[row.clone()], &tape.log_probabilities[row]);
            tape.take(position, choice);
        }
    }

    /// log p(h); afterwards `tape` holds the way to `h`.
    fn walk_to(&self, tape: &mut Tape, architecture: &Architecture) -> f64 {
        let mut sum = 0.0;
        self.walk(tape, |position, _, log_p| {
            let choice = architecture.choices()[position];
            sum += log_p[usize::from(choice)];
            choice
        });
        sum
    }
}

impl Policy for Lstm {
    fn space(&self) -> &Space {
        &self.layout.space
    }

    fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    fn update(&mut self, change: &mut dyn FnMut(&mut [f64])) {
        change(&mut self.parameters);
        self.tape.get_mut().forget();
    }

    fn sample(&self, random: &mut Stream) -> Architecture {
        let tape = &mut *self.tape.borrow_mut();
        self.walk(tape, |_, p, _| draw(p, random));
        tape.architecture()
    }

    fn log_probability(&self, architecture: &Architecture) -> f64 {
        self.walk_to(&mut self.tape.borrow_mut(), architecture)
    }

    /// ∂ log p / ∂logit_{l,k} = [h_l = k] − p_{l,k}, and from there back through time.
    fn add_score(&self, architecture: &Architecture, weight: f64, gradient: &mut [f64]) {
        let tape = &mut *self.tape.borrow_mut();
        self.walk_to(tape, architecture);
        for (pull, p) in tape.pulls.iter_mut().zip(&tape.probabilities) {
            *pull = -weight * p;
        }
        for (l, k) in architecture.choices().iter().enumerate() {
            tape.pulls[self.layout.space.offset(l) + usize::from(*k)] += weight;
        }
        tape.add_gradient(&self.layout, &self.parameters, gradient);
    }

    fn entropy(&self) -> Entropy {
        entropy::entropy(self)
    }

    fn add_entropy_gradient(&self, weight: f64, random: &mut Stream, gradient: &mut [f64]) {
        entropy::add_gradient(self, weight, random, gradient);
    }

    fn marginals(&self) -> Vec<Vec<f64>> {
        entropy::marginals(self)
    }

    fn mode(&self) -> Architecture {
        if entropy::is_exact(self) {
            return entropy::most_probable(self);
        }
        let tape = &mut *self.tape.borrow_mut();
        self.walk(tape, |_, p, _| numeric::argmax(p) as u8);
        tape.architecture()
    }

    fn boxed_clone(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_say_which() {
        let space = Space::named("sequence:2x3").unwrap();
        let error = |options: Options| Lstm::new(&options, &space, &mut Stream::new(1, "test", 0)).unwrap_err();
        let default = Options::default;
        for (options, message) in [
            (Options { hidden: 0, ..default() }, "hidden must be in 1..=512, got 0; try 35"),
            (Options { layers: 5, ..default() }, "layers must be in 1..=4, got 5; try 2"),
            (Options { temperature: 0.0, ..default() }, "temperature must be in (0, 100], got 0; try 1"),
            (
                Options { tanh_constant: -1.0, ..default() },
                "tanh_constant must be in [0, 100], got -1; try 0, which is off",
            ),
            (Options { init: f64::NAN, ..default() }, "init must be in (0, 10], got NaN; try 0.08"),
        ] {
            assert_eq!(error(options), message);
        }
    }

    #[test]
    fn one_unit_and_one_position_are_the_formula() {
        // H = K = 1 layer of one unit, two choices: everything by hand.
        let space = Space::named("sequence:1x2").unwrap();
        let options = Options { hidden: 1, layers: 1, temperature: 2.0, tanh_constant: 1.5, ..Options::default() };
        let policy = Lstm::new(&options, &space, &mut Stream::new(3, "test", 0)).unwrap();
        // start; W for x (i f g o), W for s, b; V (two rows), v.
        let [x, wi, _, wg, wo, _, _, _, _, bi, _, bg, bo, v0, v1, b0, b1] = *policy.parameters() else {
            panic!("17 parameters, got {}", policy.parameters().len());
        };
        let sigmoid = numeric::sigmoid;
        let cell = sigmoid(wi * x + bi) * numeric::tanh(wg * x + bg);
        let state = sigmoid(wo * x + bo) * numeric::tanh(cell);
        let logit = |v: f64, b: f64| 1.5 * numeric::tanh((v * state + b) / 2.0);
        let p1 = sigmoid(logit(v1, b1) - logit(v0, b0));
        let got = numeric::exp(policy.log_probability(&Architecture::new([1u8])));
        assert!((got - p1).abs() < 1e-15, "{got} {p1}");
    }

    #[test]
    fn a_tanh_constant_bounds_the_ratio_of_two_probabilities() {
        let space = Space::named("sequence:6x5").unwrap();
        let options = Options { hidden: 4, tanh_constant: 1.1, ..Options::default() };
        let mut policy = Lstm::new(&options, &space, &mut Stream::new(3, "test", 0)).unwrap();
        policy.update(&mut |parameters| parameters.iter_mut().for_each(|x| *x *= 1e4));
        for row in policy.marginals() {
            let (least, most) = row.iter().fold((1.0f64, 0.0f64), |(a, b), p| (a.min(*p), b.max(*p)));
            assert!(most / least <= numeric::exp(2.2) + 1e-9, "{row:?}");
        }
    }

    /// A policy that has learned to take the same choice of two everywhere, either of them half of the time.
    fn all_alike(length: usize) -> (Lstm, [Architecture; 2]) {
        let space = Space::named(&format!("sequence:{length}x2")).unwrap();
        let options = Options { hidden: 4, layers: 1, ..Options::default() };
        let mut policy = Lstm::new(&options, &space, &mut Stream::new(3, "test", 0)).unwrap();
        let wanted = [0, 1].map(|choice| Architecture::new(vec![choice; length]));
        for _ in 0..2000 {
            let mut gradient = vec![0.0; policy.parameters().len()];
            wanted.iter().for_each(|h| policy.add_score(h, 0.5, &mut gradient));
            policy.update(&mut |parameters| parameters.iter_mut().zip(&gradient).for_each(|(x, g)| *x += g));
        }
        (policy, wanted)
    }

    #[test]
    fn it_says_what_a_factorised_policy_cannot() {
        // With independent positions neither could have more than a quarter.
        let (policy, wanted) = all_alike(2);
        for h in &wanted {
            let p = numeric::exp(policy.log_probability(h));
            assert!((p - 0.5).abs() < 0.01, "p({h:?}) = {p}");
        }
    }

    #[test]
    fn estimates_see_how_choices_depend_on_each_other() {
        let (policy, _) = all_alike(9);
        assert!(matches!(policy.entropy(), Entropy::Estimate { .. }));
        assert!((policy.entropy().nats() - numeric::ln(2.0)).abs() < 0.05, "{:?}", policy.entropy());
        // 4 standard errors of 64 draws; along the most probable way all but the first would be 0 or 1.
        for row in policy.marginals() {
            assert!((row[0] - 0.5).abs() < 0.25, "{row:?}");
        }
    }

    #[test]
    fn answers_do_not_depend_on_what_was_asked_before() {
        let space = Space::named("sequence:4x3").unwrap();
        let fresh = || Lstm::new(&Options::default(), &space, &mut Stream::new(3, "test", 0)).unwrap();
        let (used, mut random) = (fresh(), Stream::new(4, "test", 0));
        for _ in 0..200 {
            let h = space.at_index(random.below(81) as u64).unwrap();
            if random.unit() < 0.3 {
                used.sample(&mut random);
            }
            assert_eq!(used.log_probability(&h).to_bits(), fresh().log_probability(&h).to_bits());
        }
    }
}
