//! What a person sees while a run goes on, on standard error: a picture that renews itself in a terminal, plain lines
//! elsewhere.

use std::io::Write;
use std::time::{Duration, Instant};

use bilevel::figure;
use bilevel::run::{Line, Run};
use console::{Term, style};

/// How often the picture is drawn anew at most.
const FRAME: Duration = Duration::from_millis(100);

/// Where progress goes.
#[derive(Debug)]
pub(crate) struct Screen {
    term: Term,
    title: String,
    /// Trials of the budget, if it counts them.
    trials: Option<u64>,
    slow: bool,
    began: Instant,
    /// Trials that were told before this process began.
    told_before: u64,
    drawn: Option<Instant>,
    /// Lines of the picture that stand on the terminal now.
    height: usize,
    /// Trials told when the last plain line was written.
    plain_at: u64,
    /// The epochs of a supernet, where one is trained.
    epochs: Option<u32>,
    /// What the last of them measured.
    epoch: Option<String>,
    /// What the searcher had to say that was said.
    notices: usize,
}

impl Screen {
    /// A screen with a title line; `slow` runs deserve a plain line for each trial.
    pub(crate) fn new(title: String, trials: Option<u64>, slow: bool) -> Self {
        Self {
            term: Term::stderr(),
            title,
            trials,
            slow,
            began: Instant::now(),
            told_before: 0,
            drawn: None,
            height: 0,
            plain_at: 0,
            epochs: None,
            epoch: None,
            notices: 0,
        }
    }

    /// The same of a search that trains a supernet for so many epochs, if it does.
    pub(crate) fn of_epochs(self, epochs: Option<u32>) -> Self {
        Self { epochs, ..self }
    }

    fn is_live(&self) -> bool {
        self.term.is_term()
    }

    /// Says what begins, and how much of it the log has already.
    pub(crate) fn begin(&mut self, run: &Run) {
        self.told_before = run.told();
        self.plain_at = run.told();
        if !self.is_live() {
            let already = if run.told() > 0 { format!(", {} trials in the log", run.told()) } else { String::new() };
            self.line(&format!("{}{already}", self.title));
        }
    }

    /// Shows the run after `line` was told.
    pub(crate) fn told(&mut self, run: &Run, line: &Line) {
        self.show(run, line);
        for notice in run.notices().iter().skip(self.notices) {
            self.line(notice);
        }
        self.notices = run.notices().len();
    }

    fn show(&mut self, run: &Run, line: &Line) {
        if self.is_live() {
            self.epoch = (!line.purpose.is_evaluate()).then(|| epoch_words(line, self.epochs));
            if self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME) {
                self.draw(run);
            }
            return;
        }
        if !line.purpose.is_evaluate() {
            self.line(&epoch_words(line, self.epochs));
            return;
        }
        let step = if self.slow { 1 } else { self.trials.unwrap_or(100_000).div_ceil(10) };
        if run.told() >= self.plain_at + step {
            self.plain_at = run.told();
            let what = match (&line.failure, line.values.get(&run.metric().name)) {
                (None, Some(value)) => {
                    let of = if line.mixture.is_some() { "a mixture, " } else { "" };
                    format!("{of}{} {}", run.metric().name, with_unit(*value, &run.metric().unit))
                }
                (failure, _) => failure.as_ref().map_or_else(String::new, ToString::to_string),
            };
            let after = line.epochs.map_or_else(String::new, |epochs| format!(" after {}", epochs_words(epochs)));
            let seconds = if line.cost.measured { format!(", {:.1} s", line.cost.seconds) } else { String::new() };
            // Of a known number how far it is; otherwise the one by which the log and the best know it.
            let number =
                self.trials.map_or_else(|| line.id.to_string(), |trials| format!("{} of {trials}", run.told()));
            self.line(&format!("trial {number}: {what}{after}{seconds}; {}", best_words(run)));
        }
    }

    /// Takes the picture away and leaves a line in its place.
    pub(crate) fn line(&mut self, text: &str) {
        self.clear();
        // Progress is a courtesy: a closed pipe is no reason to stop.
        let _ = writeln!(self.term, "{text}");
    }

    /// Shows one line of progress in the place of the last one; no terminal, no line.
    pub(crate) fn progress(&mut self, text: &str) {
        if self.is_live() {
            self.line(text);
            self.height = 1;
        }
    }

    /// Draws the last state and leaves it standing.
    pub(crate) fn end(&mut self, run: &Run) {
        if self.is_live() {
            self.draw(run);
            self.height = 0;
        }
    }

    fn clear(&mut self) {
        if self.height > 0 {
            let _ = self.term.clear_last_lines(self.height);
            self.height = 0;
        }
    }

    fn draw(&mut self, run: &Run) {
        let width = usize::from(self.term.size().1).clamp(40, 100);
        let mut lines = vec![style(self.title.clone()).bold().to_string(), self.bar(run), best_words(run)];
        lines.extend(self.epoch.clone());
        if let Some(policy) = run.policy() {
            let entropy = policy.entropy().nats();
            let largest: f64 = policy.space().positions().iter().map(|it| (it.choices.len() as f64).ln()).sum();
            lines.push(format!("policy: entropy {entropy:.2} of {largest:.2} nats, falling as it decides"));
            lines.extend(figure::policy::text(policy.space(), &policy.marginals()).lines().take(20).map(str::to_owned));
        }
        self.clear();
        let lines: Vec<String> =
            lines.iter().map(|line| console::truncate_str(line, width, "…").into_owned()).collect();
        let _ = writeln!(self.term, "{}", lines.join("\n"));
        self.height = lines.len();
        self.drawn = Some(Instant::now());
    }

    fn bar(&self, run: &Run) -> String {
        let elapsed = self.began.elapsed();
        let Some(trials) = self.trials else {
            return format!("{} trials, {} elapsed", run.told(), clock(elapsed));
        };
        let share = run.told() as f64 / trials as f64;
        let full = (share * 24.0) as usize;
        let bar = format!("{}{}", "█".repeat(full.min(24)), "░".repeat(24 - full.min(24)));
        let here = run.told() - self.told_before;
        let left = match here {
            0 => String::new(),
            here => {
                let left = elapsed.as_secs_f64() / here as f64 * (trials - run.told()) as f64;
                format!(", about {} left", clock(Duration::from_secs_f64(left)))
            }
        };
        format!("{bar} {} of {trials} trials, {} elapsed{left}", run.told(), clock(elapsed))
    }
}

/// An epoch of a supernet in a line.
fn epoch_words(line: &Line, of: Option<u32>) -> String {
    let of = of.map_or_else(String::new, |all| format!(" of {all}"));
    let epoch = format!("epoch {}{of}", line.epochs.unwrap_or(0));
    if let Some(failure) = &line.failure {
        return format!("{epoch}: {failure}");
    }
    let loss = line.instruments.get("train_loss").map_or_else(String::new, |loss| with_unit(*loss, "nats"));
    let shown = [("relaxed_accuracy", "%"), ("entropy", "nats"), ("skip_share", ""), ("eigenvalue", "")];
    let of = |(name, unit): (&str, &str)| {
        let value = line.instruments.get(name)?;
        Some(format!(", {} {}", name.replace('_', " "), with_unit(*value, unit)))
    };
    let instruments: String = shown.into_iter().filter_map(of).collect();
    format!("{epoch}: train loss {loss}{instruments}; would be {}", line.architecture)
}

fn best_words(run: &Run) -> String {
    match run.best() {
        None => "no trial has succeeded yet".into(),
        Some(best) => {
            let value = with_unit(best.values[&run.metric().name], &run.metric().unit);
            let after = best.epochs.map_or_else(String::new, |epochs| format!(", {}", epochs_words(epochs)));
            format!("best {value} (trial {}{after}) {}", best.id, best.architecture)
        }
    }
}

/// A value as people read it: four significant digits or so, and its unit.
pub(crate) fn with_unit(value: f64, unit: &str) -> String {
    // −0 is 0.
    let value = value + 0.0;
    let number = if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e6) {
        format!("{value:.3e}")
    } else if value.fract() == 0.0 {
        format!("{value}")
    } else {
        format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

/// How many trials there were, and of a search that trained a supernet how many of them were epochs.
pub(crate) fn trials_words(trials: u64, epochs: usize) -> String {
    let judged = trials.saturating_sub(epochs as u64);
    match epochs {
        0 => format!("{trials} trials"),
        _ => {
            let architectures = if judged == 1 { "architecture" } else { "architectures" };
            format!("{} of the supernet, {judged} {architectures} judged", epochs_words(epochs as u32))
        }
    }
}

/// `1 epoch`, `4 epochs`.
pub(crate) fn epochs_words(epochs: u32) -> String {
    format!("{epochs} epoch{}", if epochs == 1 { "" } else { "s" })
}

/// `m:ss`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_well() {
        assert_eq!(with_unit(97.75, "%"), "97.75 %");
        assert_eq!(with_unit(3.0, ""), "3");
        assert_eq!(with_unit(1_531_546.0, ""), "1.532e6");
        assert_eq!(with_unit(0.000_12, "s"), "1.200e-4 s");
        assert_eq!(with_unit(0.0, "s"), "0 s");
    }

    #[test]
    fn a_clock_has_minutes_and_seconds() {
        assert_eq!(clock(Duration::from_secs_f64(125.4)), "2:05");
    }
}
