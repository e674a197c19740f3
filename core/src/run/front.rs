//! The Pareto front of a run: the told trials of which no other is better in one metric and as good in the rest.

use super::Best;
use crate::objective::{Direction, Metric};

/// The trials that are not dominated, by some of the metrics.
#[derive(Debug, Clone)]
pub(super) struct Front {
    metrics: Vec<Metric>,
    /// By the first metric, best first.
    trials: Vec<Best>,
}

impl Front {
    /// The empty front by the metrics of these names.
    ///
    /// # Errors
    /// If there is no such metric, one stands twice, or there are fewer than two.
    pub(super) fn new(metrics: &[Metric], names: &[String]) -> Result<Self, String> {
        let find = |name: &String| {
            let index = Metric::find(metrics, name).map_err(|reason| format!("front: {reason}"))?;
            Ok::<_, String>(metrics[index].clone())
        };
        let chosen: Vec<Metric> = names.iter().map(find).collect::<Result<_, _>>()?;
        let twice = names.iter().enumerate().any(|(place, name)| names[..place].contains(name));
        if chosen.len() < 2 || twice {
            return Err(format!("front: a front is between two metrics or more, each once; got {}", names.join(", ")));
        }
        Ok(Self { metrics: chosen, trials: Vec::new() })
    }

    /// Takes a told trial in, if none is better, and puts those out that it is better than. Of equals the first asked
    /// stays. Fewer epochs than the most so far do not count.
    pub(super) fn take(&mut self, trial: &Best) {
        let epochs = |best: &Best| best.epochs.unwrap_or(u32::MAX);
        if let Some(first) = self.trials.first() {
            if epochs(trial) < epochs(first) {
                return;
            }
            if epochs(trial) > epochs(first) {
                self.trials.clear();
            }
        }
        let losses = |best: &Best| -> Vec<f64> { self.metrics.iter().map(|metric| loss(metric, best)).collect() };
        let new = losses(trial);
        let covers = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a <= b);
        let covered = |old: &Best| {
            let old_losses = losses(old);
            covers(&old_losses, &new) && (old_losses != new || old.id < trial.id)
        };
        if self.trials.iter().any(covered) {
            return;
        }
        let kept: Vec<bool> = self.trials.iter().map(|old| !covers(&new, &losses(old))).collect();
        let mut kept = kept.into_iter();
        self.trials.retain(|_| kept.next().unwrap_or(true));
        let first = &self.metrics[0];
        let place = self.trials.partition_point(|old| loss(first, old) < loss(first, trial));
        self.trials.insert(place, trial.clone());
    }

    /// The metrics, in the order in which they were named.
    pub(super) fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The trials, best by the first metric first.
    pub(super) fn trials(&self) -> &[Best] {
        &self.trials
    }
}

/// A value so that less is better.
fn loss(metric: &Metric, best: &Best) -> f64 {
    let value = best.values[&metric.name];
    match metric.direction {
        Direction::Minimise => value,
        Direction::Maximise => -value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn metrics() -> Vec<Metric> {
        vec![Metric::new("accuracy", "%", Direction::Maximise), Metric::new("latency", "ms", Direction::Minimise)]
    }

    fn best(id: u64, accuracy: f64, latency: f64) -> Best {
        let values = [("accuracy".to_owned(), accuracy), ("latency".to_owned(), latency)];
        Best { id, architecture: id.to_string(), epochs: None, values: values.into(), loss: 0.0 }
    }

    fn front(trials: &[Best]) -> Vec<u64> {
        let mut front = Front::new(&metrics(), &["accuracy".into(), "latency".into()]).unwrap();
        trials.iter().for_each(|trial| front.take(trial));
        front.trials().iter().map(|trial| trial.id).collect()
    }

    #[test]
    fn in_any_order_it_is_what_no_other_dominates() {
        let mut random = Stream::new(1, "front", 0);
        for round in 0..50 {
            // Few values, so that there are ties in one metric and in both.
            let mut draw = || random.below(6) as f64;
            let mut trials: Vec<Best> = (0..30).map(|id| best(id, draw(), draw())).collect();
            let dominated = |trial: &Best| {
                trials.iter().any(|other| {
                    let of = |best: &Best| (-best.values["accuracy"], best.values["latency"]);
                    let ((a, l), (oa, ol)) = (of(trial), of(other));
                    oa <= a && ol <= l && ((oa, ol) != (a, l) || other.id < trial.id)
                })
            };
            let mut expected: Vec<u64> =
                trials.iter().filter(|trial| !dominated(trial)).map(|trial| trial.id).collect();
            expected.sort_unstable();
            let mut shuffle = Stream::new(round, "shuffle", 0);
            shuffle.shuffle(&mut trials);
            let mut found = front(&trials);
            found.sort_unstable();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn it_stands_best_first_and_more_epochs_begin_it_anew() {
        assert_eq!(front(&[best(0, 80.0, 1.0), best(1, 90.0, 3.0), best(2, 85.0, 2.0), best(3, 84.0, 2.0)]), [1, 2, 0]);
        let at = |id, accuracy, epochs| Best { epochs: Some(epochs), ..best(id, accuracy, 1.0) };
        assert_eq!(front(&[at(0, 99.0, 1), at(1, 50.0, 4), at(2, 99.0, 1)]), [1]);
    }

    #[test]
    fn metrics_that_are_not_there_are_named() {
        let refuse = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).into()).collect();
            Front::new(&metrics(), &names).unwrap_err()
        };
        assert_eq!(
            refuse(&["accuracy", "size"]),
            "front: there is no metric `size`; this objective has accuracy, latency"
        );
        assert!(refuse(&["accuracy"]).starts_with("front: a front is between two metrics or more"));
        assert!(refuse(&["accuracy", "accuracy"]).contains("each once"));
    }
}
