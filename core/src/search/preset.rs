//! Searchers as published: a name for the options of an ordinary searcher, so that nobody has to copy them from a paper.

use serde::de::Error;
use serde_json::{Map, Value};
use strum::{EnumMessage, IntoEnumIterator};

use super::{SearcherSpec, policy_gradient};
use crate::estimator::{Baseline, BaselineUpdate, EstimatorSpec, ppo, reinforce};
use crate::optimiser;
use crate::policy::{PolicySpec, lstm};

/// A published searcher by name.
///
/// It stands wherever a searcher is named, with options that win over its own: `enas`, `enas:lr=0.01`,
/// `nasnet:policy.hidden=32`, `{"name": "nasnet", "policy": {"hidden": 32}}`. What is read is the ordinary [`SearcherSpec`],
/// so that a written specification holds every value and does not depend on the preset. A table for `policy` without a
/// name refines the preset's policy; a name begins anew.
///
/// # Differs from the sources
/// All of them: our loss takes the place of 1 − reward in the objective's own unit. The sources' rewards lie in \[0, 1\];
/// for a loss in percent, the weights of entropy count for a hundredth and `epsilon` and `clip_norm` are reached a
/// hundred times later. The spaces are ours, so that a controller has one embedding and one softmax for each position.
/// What else differs is said for each.
///
/// ```
/// use bilevel::search::{Preset, SearcherSpec};
/// let enas: SearcherSpec = bilevel::run::parse("enas-controller").unwrap();
/// assert_eq!(enas, Preset::EnasController.spec());
/// assert_eq!(enas.name(), "reinforce");
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::EnumMessage, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Preset {
    /// The first controller: REINFORCE with an LSTM of 2 × 35.
    ///
    /// Differs: the reward was the cube of the accuracy; here it is the loss as it is. The decay of the baseline is not
    /// stated; it is NASNet's. Of 100 controllers side by side, one; its gradients are the mean of 8 children, as there.
    Zoph2017,
    /// PPO with an LSTM of 1 × 100, twenty architectures for each round.
    ///
    /// Differs: clip and epochs are not stated; they are ours by default. With one reward at the end, generalised
    /// advantages are loss minus baseline.
    Nasnet,
    /// REINFORCE with an LSTM of 1 × 64 under a tanh, the controller of ENAS' search for cells.
    ///
    /// The search itself, with shared weights, is the method `enas`.
    ///
    /// Differs: indices are chosen by a softmax like operations, not by attention, and the tanh constant of operations is
    /// not divided by another 2.5. Here the objective says what an answer is; there it was one minibatch under shared
    /// weights.
    EnasController,
    /// REINFORCE with independent logits, as the tabular benchmarks run it.
    ///
    /// Differs: logits start at 0, not at 10⁻³·N(0, 1).
    NatsReinforce,
    /// PPO with an LSTM of 2 × 100 that goes through its last 100 answers after each, one at a time.
    ///
    /// Differs: the window starts empty, not filled with zeros.
    NekrasovPpo,
}

impl Preset {
    /// The name that a user knows it by.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        self.get_documentation().and_then(|text| text.lines().next()).unwrap_or_default()
    }

    /// Where it comes from.
    pub fn source(self) -> &'static str {
        match self {
            Self::Zoph2017 => "Zoph and Le 2017, section 4.1",
            Self::Nasnet => "Zoph, Vasudevan, Shlens and Le 2018, appendix",
            Self::EnasController => "Pham, Guan, Zoph, Le and Dean 2018; melodyguan/enas, src/cifar10",
            Self::NatsReinforce => "Dong, Liu, Musial and Gabrys 2021; D-X-Y/AutoDL-Projects, reinforce.py",
            Self::NekrasovPpo => "Nekrasov, Chen, Shen and Reid 2019; DrSleep/nas-segm-pytorch, src/rl",
        }
    }

    /// The searcher that it stands for, with every option.
    pub fn spec(self) -> SearcherSpec {
        let adam = |learning_rate: f64| optimiser::Options { learning_rate, ..optimiser::Options::default() };
        let lstm =
            |layers: usize, hidden: usize, init: f64| lstm::Options { hidden, layers, init, ..Default::default() };
        let (reinforce, ppo) = (reinforce::Options::default(), ppo::Options::default());
        let policy_gradient = |policy: PolicySpec, optimiser: optimiser::Options, estimator: EstimatorSpec| {
            SearcherSpec::PolicyGradient(policy_gradient::Options { estimator, optimiser, policy })
        };
        match self {
            Self::Zoph2017 => policy_gradient(
                PolicySpec::Lstm(lstm(2, 35, 0.08)),
                adam(6e-4),
                EstimatorSpec::Reinforce(reinforce::Options { decay: 0.95, samples: 8, ..reinforce }),
            ),
            Self::Nasnet => policy_gradient(
                PolicySpec::Lstm(lstm(1, 100, 0.1)),
                adam(3.5e-4),
                EstimatorSpec::Ppo(ppo::Options { samples: 20, minibatch: 20, entropy: 1e-5, decay: 0.95, ..ppo }),
            ),
            Self::EnasController => SearcherSpec::PolicyGradient(enas_controller()),
            Self::NatsReinforce => policy_gradient(
                PolicySpec::Categorical,
                adam(0.01),
                EstimatorSpec::Reinforce(reinforce::Options {
                    decay: 0.9,
                    baseline_update: BaselineUpdate::Before,
                    ..reinforce
                }),
            ),
            Self::NekrasovPpo => policy_gradient(
                PolicySpec::Lstm(lstm(2, 100, 0.1)),
                optimiser::Options { clip_norm: Some(2.0), ..adam(1e-4) },
                EstimatorSpec::Ppo(ppo::Options {
                    clip: 0.1,
                    samples: 1,
                    window: 100,
                    epochs: 1,
                    minibatch: 1,
                    baseline: Baseline::Ema,
                    decay: 0.95,
                    ..ppo
                }),
            ),
        }
    }
}

/// The controller of ENAS: REINFORCE, an LSTM, and Adam without a mean of gradients.
pub(super) fn enas_controller() -> policy_gradient::Options {
    let lstm = lstm::Options { layers: 1, hidden: 64, init: 0.1, tanh_constant: 1.1, ..Default::default() };
    policy_gradient::Options {
        estimator: EstimatorSpec::Reinforce(reinforce::Options {
            baseline: Baseline::Ema,
            decay: 0.99,
            baseline_update: BaselineUpdate::Before,
            samples: 10,
            entropy: 1e-4,
        }),
        optimiser: optimiser::Options { learning_rate: 3.5e-3, beta1: 0.0, epsilon: 1e-3, ..Default::default() },
        policy: PolicySpec::Lstm(lstm),
    }
}

/// The name of [`SearcherSpec::Supernet`].
const SUPERNET: &str = "supernet";

/// What a method that trains a supernet stands for.
#[cfg(feature = "supernet")]
fn method(name: &str) -> Option<SearcherSpec> {
    name.parse::<super::supernet::Method>().ok().map(|method| SearcherSpec::Supernet(method.options()))
}

/// The methods that there are, in words.
#[cfg(feature = "supernet")]
fn methods(quoted: impl Fn(Vec<&str>) -> String) -> String {
    use super::supernet::Method;
    format!(", or a method that trains a supernet: {}", quoted(Method::iter().map(Method::name).collect()))
}

/// This build trains none.
#[cfg(not(feature = "supernet"))]
fn method(_: &str) -> Option<SearcherSpec> {
    None
}

#[cfg(not(feature = "supernet"))]
fn methods(_: impl Fn(Vec<&str>) -> String) -> String {
    String::new()
}

/// The table of an ordinary searcher for that of a preset or a method; any other table as it is.
pub(super) fn resolved(table: Value) -> Result<Value, serde_json::Error> {
    let Some(name) = table["name"].as_str() else { return Ok(table) };
    let searchers: Vec<&str> = SearcherSpec::iter().map(|searcher| searcher.name()).collect();
    if searchers.contains(&name) {
        return Ok(table);
    }
    if cfg!(feature = "supernet") && name == SUPERNET {
        return Ok(table);
    }
    let preset = name.parse::<Preset>().ok().map(Preset::spec);
    let Some(spec) = preset.or_else(|| method(name)) else {
        let quoted = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let (searchers, presets) = (quoted(searchers), quoted(Preset::iter().map(Preset::name).collect()));
        let words =
            format!("unknown variant `{name}`, expected one of {searchers}, a preset: {presets}{}", methods(quoted));
        return Err(serde_json::Error::custom(words));
    };
    let mut options = serde_json::to_value(spec)?;
    if let (Value::Object(options), Value::Object(mut given)) = (&mut options, table) {
        given.remove("name");
        if let Some(short) = given.remove("lr") {
            options.remove("learning_rate");
            if given.insert("learning_rate".into(), short).is_some() {
                return Err(serde_json::Error::custom(
                    "`learning_rate` and `lr` are the same option; give one of them",
                ));
            }
        }
        refine(options, given);
    }
    Ok(options)
}

/// Puts what is `given` over `options`; a table within a table likewise, unless it has a name and so begins anew.
fn refine(options: &mut Map<String, Value>, given: Map<String, Value>) {
    for (key, value) in given {
        match (options.get_mut(&key), value) {
            (Some(Value::Object(inner)), Value::Object(given)) if !given.contains_key("name") => refine(inner, given),
            (_, value) => {
                options.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::parse;
    use serde_json::json;

    fn lstm_of(spec: &SearcherSpec) -> lstm::Options {
        match spec {
            SearcherSpec::PolicyGradient(policy_gradient::Options { policy: PolicySpec::Lstm(options), .. }) => {
                options.clone()
            }
            other => panic!("no reinforce with an lstm: {other:?}"),
        }
    }

    #[test]
    fn options_win_over_those_of_the_preset() {
        let quick: SearcherSpec = parse("enas-controller:lr=0.01").unwrap();
        assert_eq!(serde_json::to_value(&quick).unwrap()["learning_rate"], 0.01);
        assert_eq!(quick, parse("enas-controller:learning_rate=0.01").unwrap());
        assert_eq!(lstm_of(&quick), lstm_of(&Preset::EnasController.spec()));
    }

    #[test]
    fn a_policy_is_refined_without_a_name_and_begins_anew_with_one() {
        let refined: SearcherSpec =
            serde_json::from_value(json!({"name": "enas-controller", "policy": {"hidden": 8}})).unwrap();
        assert_eq!(lstm_of(&refined), lstm::Options { hidden: 8, ..lstm_of(&Preset::EnasController.spec()) });
        assert_eq!(refined, parse("enas-controller:policy.hidden=8").unwrap());
        let anew: SearcherSpec = parse("enas-controller:policy=lstm:hidden=8").unwrap();
        assert_eq!(lstm_of(&anew), lstm::Options { hidden: 8, ..lstm::Options::default() });
    }

    #[test]
    fn what_is_misspelt_is_named() {
        for (text, words) in [
            ("enas-controller:lernrate=1", "unknown field `lernrate`"),
            ("enas-controller:policy.hiden=1", "unknown field `hiden`"),
            ("enas-controller:lr=1,learning_rate=1", "are the same option"),
        ] {
            let error = parse::<SearcherSpec>(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
