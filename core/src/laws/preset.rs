//! What every preset keeps: its name reads as an ordinary searcher, and that searcher keeps what all of them do.
//!
//! Published controllers are large and slow learners, made for thousands of children. The laws about asking and telling
//! hold them with a network of few units and a short window, which are the same code.

use std::collections::BTreeSet;

use strum::IntoEnumIterator;

use super::{Verdict, ensure, searcher};
use crate::estimator::EstimatorSpec;
use crate::policy::PolicySpec;
use crate::search::{Preset, SearcherSpec};

/// Every preset.
pub fn subjects() -> Vec<Preset> {
    Preset::iter().collect()
}

/// What a preset stands for, with a network of three units and at most eight answers in a window.
fn small(preset: Preset) -> SearcherSpec {
    let shrink = |policy: &mut PolicySpec| match policy {
        PolicySpec::Categorical => {}
        PolicySpec::Lstm(options) => options.hidden = 3,
    };
    let mut spec = preset.spec();
    // No other searcher has a policy.
    if let SearcherSpec::PolicyGradient(options) = &mut spec {
        shrink(&mut options.policy);
        if let EstimatorSpec::Ppo(ppo) = &mut options.estimator {
            (ppo.samples, ppo.window) = (ppo.samples.min(8), ppo.window.min(8));
            (ppo.epochs, ppo.minibatch) = (ppo.epochs.min(3), ppo.minibatch.min(8));
        }
    }
    spec
}

/// The name is no searcher's, and reads as the options; they are written and read back as those of the searcher, without
/// the preset. Both a misspelt option and a name that does not exist are answered with what there is.
///
/// # Errors
/// If not, or if there is no line about it or no source.
pub fn a_name_is_its_options(preset: &Preset) -> Verdict {
    let (name, spec) = (preset.name(), preset.spec());
    let searchers: BTreeSet<&str> = SearcherSpec::iter().map(|searcher| searcher.name()).collect();
    ensure!(!searchers.contains(name), "`{name}` is a searcher, too");
    let read =
        |table: serde_json::Value| serde_json::from_value::<SearcherSpec>(table).map_err(|error| error.to_string());
    let named = read(serde_json::json!({"name": name}))?;
    ensure!(named == spec, "{name} reads as {named:?}, want {spec:?}");
    let written = serde_json::to_value(&spec).map_err(|error| error.to_string())?;
    ensure!(written["name"] == spec.name(), "it is written as {written}");
    ensure!(read(written.clone())? == spec, "{written} reads as another");
    let toml = toml::to_string(&spec).map_err(|error| error.to_string())?;
    let from_toml = toml::from_str::<SearcherSpec>(&toml).map_err(|error| format!("{error} in {toml}"))?;
    ensure!(from_toml == spec, "{toml} reads as another");
    let words = |table| read(table).map_or_else(|words| words, |spec| format!("{spec:?}"));
    let misspelt = words(serde_json::json!({"name": name, "populatoin": 3}));
    ensure!(misspelt.starts_with("unknown field `populatoin`"), "a misspelt option is answered with: {misspelt}");
    let unknown = words(serde_json::json!({"name": "evolve"}));
    ensure!(unknown.contains(&format!("`{name}`")), "a name that does not exist is answered with: {unknown}");
    let (about, source) = (preset.about(), preset.source());
    ensure!((10..=100).contains(&about.len()) && source.len() >= 10, "`{about}` and `{source}` say too little or much");
    Ok(())
}

/// The laws of searchers about asking and telling.
///
/// # Errors
/// If one of them is broken.
pub fn the_protocol_is_kept(preset: &Preset) -> Verdict {
    let spec = small(*preset);
    searcher::nothing_is_lost_with_many_in_flight(&spec)?;
    searcher::a_searcher_is_a_function_of_its_seed(&spec)?;
    searcher::two_searchers_share_nothing(&spec)?;
    searcher::failures_only_are_survived(&spec)?;
    searcher::small_spaces_are_searched_to_their_end(&spec)?;
    searcher::no_nan_is_told(&spec)?;
    searcher::it_finds_something_good(&spec)
}

/// With steps large enough for 500 trials it finds more than random search does, by 4 standard errors.
///
/// # Errors
/// If not.
pub fn it_learns(preset: &Preset) -> Verdict {
    let mut spec = small(*preset);
    if let SearcherSpec::PolicyGradient(options) = &mut spec {
        let several_steps = matches!(options.estimator, EstimatorSpec::Ppo(_));
        options.optimiser.learning_rate = if several_steps { 0.003 } else { 0.1 };
    }
    let (gain, error) = searcher::gain_over_random(&spec)?;
    ensure!(gain > 4.0 * error, "the gain over random search is {gain:.3} ± {error:.3}");
    Ok(())
}
