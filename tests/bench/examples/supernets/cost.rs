//! The same cost: how far a search that trains networks one by one gets with the processor time of another.

use bilevel::run::Line;

/// A search that trained networks one by one, as its log has it.
#[derive(Debug)]
pub(crate) struct Trials {
    /// Of each trial, in the order of the log: the architecture, its loss where it did not fail, its validation accuracy, and the
    /// processor time that has gone by at its end.
    trials: Vec<Trial>,
}

/// A network that was trained.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trial {
    pub(crate) architecture: String,
    pub(crate) loss: Option<f64>,
    pub(crate) accuracy: Option<f64>,
    pub(crate) until: f64,
}

impl Trials {
    /// `seconds` is the processor time of the whole run. A trial has the part of it that it has of their wall time: they all compute on
    /// the same cores.
    pub(crate) fn new(lines: &[Line], seconds: f64) -> Self {
        let all: f64 = lines.iter().map(|line| line.cost.seconds).sum();
        let mut until = 0.0;
        let trials = lines.iter().map(|line| {
            until += line.cost.seconds / all * seconds;
            Trial {
                architecture: line.architecture.clone(),
                loss: line.loss,
                accuracy: line.values.get("validation_accuracy").copied(),
                until,
            }
        });
        Self { trials: trials.collect() }
    }

    /// The processor time of the first `count` trials.
    pub(crate) fn until(&self, count: usize) -> f64 {
        self.trials.get(count - 1).map_or(f64::NAN, |trial| trial.until)
    }

    /// What was trained, in the order of asking.
    pub(crate) fn architectures(&self) -> impl Iterator<Item = &str> {
        self.trials.iter().map(|trial| trial.architecture.as_str())
    }

    /// How many trials end within `seconds`, at least one, and the best of them; nothing where all of them failed.
    pub(crate) fn best_within(&self, seconds: f64) -> Option<(usize, &Trial)> {
        let count = self.trials.iter().take_while(|trial| trial.until <= seconds).count().max(1);
        let told = self.trials.iter().take(count).filter(|trial| trial.loss.is_some());
        let best = told.min_by(|a, b| a.loss.unwrap_or(f64::INFINITY).total_cmp(&b.loss.unwrap_or(f64::INFINITY)));
        best.map(|best| (count, best))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials() -> Trials {
        let line = |id: u64, loss: &str, seconds: f64| -> Line {
            let text = format!(
                r#"{{"id":{id},"asked":{id},"architecture":"cell {id}","values":{{}},"loss":{loss},
                    "cost":{{"seconds":{seconds},"measured":true}},"digest":"00000000000000000000000000000000"}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        // Ten seconds of wall time are twenty of two cores.
        Trials::new(&[line(0, "-90", 1.0), line(1, "null", 2.0), line(2, "-95", 3.0), line(3, "-95", 4.0)], 20.0)
    }

    #[test]
    fn the_best_of_those_that_end_in_time_is_taken() {
        let trials = trials();
        let within =
            |seconds: f64| trials.best_within(seconds).map(|(count, best)| (count, best.architecture.as_str()));
        assert_eq!(within(11.9), Some((2, "cell 0")), "the third ends at 12");
        assert_eq!(within(12.0), Some((3, "cell 2")));
        assert_eq!(within(1e9), Some((4, "cell 2")), "the first among equals; no more than there are");
        assert_eq!(within(0.5), Some((1, "cell 0")), "at least one");
    }
}
