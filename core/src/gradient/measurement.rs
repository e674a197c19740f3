//! One estimator on a scene, drawn again and again.

use serde::{Deserialize, Serialize};

use super::{Draws, Scene};
use crate::estimator::{Bias, Estimator, EstimatorSpec};
use crate::objective::Point;
use crate::policy::Policy;
use crate::random::Stream;

/// More plans than this without a gradient would be an estimator that never gives one.
const MOST_PLANS: usize = 1000;

/// An estimator at work on a scene. Its numbers depend on the scene, its specification, its temperature and the seed, and not
/// on what is measured beside it.
#[derive(Debug)]
pub struct Measurement {
    estimator: Box<dyn Estimator>,
    random: Stream,
    draws: Draws,
    gradient: Vec<f64>,
    evaluations: Evaluations,
    name: String,
    temperature: Option<f64>,
    bias: Bias,
}

/// How often the objective was asked.
#[derive(Debug, Clone, Copy, Default)]
struct Evaluations {
    hard: u64,
    soft: u64,
}

/// What came of the draws of an estimator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The estimator as it was named, options included.
    pub estimator: String,
    /// Its temperature; null for one that has none.
    pub temperature: Option<f64>,
    /// Why it is biased on this objective, as it says itself; null where it says that it is not.
    pub claims_bias: Option<String>,
    /// How many draws there were.
    pub draws: u64,
    /// Their mean, in units of the loss, `[A]`.
    pub gradient: Vec<f64>,
    /// ‖mean − exact‖, not corrected for the noise of the mean.
    pub bias_norm: f64,
    /// An interval that has the norm of the bias with 95 %; it begins at 0 where there may be none.
    pub bias_ci: [f64; 2],
    /// The largest distance between an entry of the mean and of the exact gradient, in standard errors; null for infinitely
    /// many, where an entry that does not vary is off.
    pub deviations: Option<f64>,
    /// The trace of the covariance of one draw.
    pub variance: f64,
    /// An interval that has it with 95 %.
    pub variance_ci: [f64; 2],
    /// The mean of ‖draw − exact‖².
    pub mse: f64,
    /// An interval that has it with 95 %.
    pub mse_ci: [f64; 2],
    /// The cosine between mean and exact gradient; null where one of them is 0.
    pub cosine: Option<f64>,
    /// Points that were asked for one draw, hard and soft ones together.
    pub evaluations: f64,
    /// Soft points among them.
    pub soft_evaluations: f64,
    /// Time of one draw, answers included; null where no clock was at hand.
    pub microseconds: Option<f64>,
}

impl Measurement {
    /// The measurement of `spec`, called `name`, on `scene`, at another temperature than its own if one is given. Its noise is
    /// named by the seed, the name and the temperature.
    ///
    /// # Errors
    /// If an option is out of range, or the estimator does not suit the scene.
    pub fn new(
        scene: &Scene,
        name: &str,
        spec: &EstimatorSpec,
        temperature: Option<f64>,
        seed: u64,
    ) -> Result<Self, String> {
        let spec = match temperature {
            None => spec.clone(),
            Some(temperature) => spec.at_temperature(temperature).ok_or("it has no temperature")?,
        };
        let estimator = spec.build(scene.policy().space())?;
        if estimator.needs().soft && scene.relaxation().is_none() {
            return Err(match scene.is_scalarised() {
                true => "it follows the slopes of one metric, and a scalarisation has two".into(),
                false => "it asks about mixtures, and this objective answers architectures only".into(),
            });
        }
        let temperature = spec.temperature();
        let index = temperature.map_or(0, f64::to_bits);
        Ok(Self {
            bias: estimator.bias(scene.relaxation()),
            estimator,
            random: Stream::new(seed, &format!("gradient {name}"), index),
            draws: Draws::new(&scene.exact().gradient),
            gradient: vec![0.0; scene.policy().parameters().len()],
            evaluations: Evaluations::default(),
            name: name.into(),
            temperature,
        })
    }

    /// Draws the whole estimator once more: plans until one gives a gradient. The first gradient of a plan counts; further
    /// ones, of an estimator that uses its answers several times, are taken and dropped.
    ///
    /// # Errors
    /// If none comes.
    pub fn draw(&mut self, scene: &mut Scene) -> Result<&[f64], String> {
        let policy = scene.policy().clone();
        self.draw_at(scene, &policy, &mut |_| {})
    }

    /// The same with the points that it asked for.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn observe(&mut self, scene: &mut Scene) -> Result<(Vec<Point>, &[f64]), String> {
        let policy = scene.policy().clone();
        let mut asked = Vec::new();
        let gradient = self.draw_at(scene, &policy, &mut |points| asked.extend_from_slice(points))?;
        Ok((asked, gradient))
    }

    /// So many draws.
    ///
    /// # Errors
    /// If one gives no gradient.
    pub fn draw_several(&mut self, scene: &mut Scene, count: u64) -> Result<(), String> {
        let policy = scene.policy().clone();
        (0..count).try_for_each(|_| self.draw_at(scene, &policy, &mut |_| {}).map(|_| ()))
    }

    /// One draw; `asks` hears of the points of each plan.
    fn draw_at(
        &mut self,
        scene: &mut Scene,
        policy: &dyn Policy,
        asks: &mut dyn FnMut(&[Point]),
    ) -> Result<&[f64], String> {
        for _ in 0..MOST_PLANS {
            let plan = self.estimator.plan(policy, &mut self.random);
            asks(&plan.points);
            let soft = plan.points.iter().filter(|point| matches!(point, Point::Soft(_))).count() as u64;
            self.evaluations.soft += soft;
            self.evaluations.hard += plan.points.len() as u64 - soft;
            let replies: Vec<_> = plan.points.iter().map(|point| scene.reply(point.clone())).collect();
            self.estimator.learn(plan, &replies);
            if self.estimator.gradient(policy, &mut self.random, &mut self.gradient) {
                let mut rest = vec![0.0; self.gradient.len()];
                while self.estimator.gradient(policy, &mut self.random, &mut rest) {}
                if self.gradient.iter().any(|entry| !entry.is_finite()) {
                    return Err("a draw is not finite".into());
                }
                self.draws.push(&self.gradient);
                return Ok(&self.gradient);
            }
        }
        Err(format!("{MOST_PLANS} plans gave no gradient; do its points have answers?"))
    }

    /// The estimator as it was named, options included.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its temperature; `None` for one that has none.
    pub fn temperature(&self) -> Option<f64> {
        self.temperature
    }

    /// How many draws there were.
    pub fn count(&self) -> u64 {
        self.draws.count()
    }

    /// What came of the draws; `None` below two. `microseconds` is what the caller's clock says of one.
    pub fn row(&self, microseconds: Option<f64>) -> Option<Row> {
        let moments = self.draws.moments()?;
        let count = self.draws.count() as f64;
        Some(Row {
            estimator: self.name.clone(),
            temperature: self.temperature,
            claims_bias: match self.bias {
                Bias::Unbiased => None,
                Bias::Biased(why) => Some(why.into()),
            },
            draws: self.draws.count(),
            gradient: moments.mean,
            bias_norm: moments.bias.value,
            bias_ci: moments.bias.interval,
            deviations: moments.deviations.is_finite().then_some(moments.deviations),
            variance: moments.variance.value,
            variance_ci: moments.variance.interval,
            mse: moments.error.value,
            mse_ci: moments.error.interval,
            cosine: moments.cosine,
            evaluations: (self.evaluations.hard + self.evaluations.soft) as f64 / count,
            soft_evaluations: self.evaluations.soft as f64 / count,
            microseconds,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::toy::{Options, Toy};
    use crate::objective::{Objective, Scalarisation};
    use crate::space::Space;

    /// The toy with one binary choice, the logit of 1 over 0 being φ.
    fn bernoulli(phi: f64) -> Scene {
        let space = Space::named("sequence:1x2").unwrap();
        let toy = Toy::new(&space, &Options::default()).unwrap();
        let scalarisation = Scalarisation::of_metric(toy.metrics(), None).unwrap();
        let mut scene = Scene::new(&space, Box::new(toy), scalarisation).unwrap();
        scene.set_logits(&[0.0, phi]).unwrap();
        scene
    }

    fn row(scene: &mut Scene, name: &str, draws: u64) -> Row {
        let spec: EstimatorSpec = crate::run::parse(name).unwrap();
        let mut measurement = Measurement::new(scene, name, &spec, None, 1).unwrap();
        measurement.draw_several(scene, draws).unwrap();
        measurement.row(None).unwrap()
    }

    #[test]
    fn one_bernoulli_has_its_published_moments() {
        // cases.md C10: the exact gradient and the variance of one draw, both by φ. Here there are two logits, whose
        // gradients are opposite, so that the trace is twice the variance.
        for (phi, exact, variances) in [
            (0.0, 5.0e-4, [1.562_512_5e-2, 2.5e-7, 8.333_33e-8, 0.0, 0.0]),
            (1.0, 3.932_238_66e-4, [1.224_295_7e-2, 2.385_99e-7, 1.458_13e-7, 1.328_45e-7, 0.0]),
        ] {
            let mut scene = bernoulli(phi);
            assert!((scene.exact().gradient[1] - exact).abs() < 1e-12);
            let names = ["reinforce:baseline=none", "rloo:samples=2", "arm", "disarm", "unordered-set:samples=2"];
            for (name, variance) in names.into_iter().zip(variances) {
                let row = row(&mut scene, name, 100_000);
                let within = 0.5 * 1.5 * (row.variance_ci[1] - row.variance_ci[0]) + 1e-5 * variance + 1e-20;
                assert!((row.variance - 2.0 * variance).abs() <= within, "{name} at {phi}: {row:?}");
                assert!(row.deviations.is_some_and(|deviations| deviations < 4.0), "{name} at {phi}: {row:?}");
            }
            for name in ["rebar", "relax", "relax:control_variate=relaxed-and-network", "lax", "muprop", "indecater"] {
                let row = row(&mut scene, name, 100_000);
                assert!(row.deviations.is_some_and(|deviations| deviations < 4.0), "{name} at {phi}: {row:?}");
            }
        }
    }

    #[test]
    fn numbers_do_not_depend_on_how_draws_are_cut() {
        let mut scene = bernoulli(0.5);
        let spec: EstimatorSpec = crate::run::parse("relax").unwrap();
        let mut cut = Measurement::new(&scene, "relax", &spec, None, 1).unwrap();
        for count in [1, 10, 489] {
            cut.draw_several(&mut scene, count).unwrap();
        }
        assert_eq!(cut.row(None).unwrap(), row(&mut scene, "relax", 500));
    }

    #[test]
    fn costs_are_counted_and_temperatures_kept() {
        let mut scene = bernoulli(0.0);
        for (name, evaluations, soft, temperature) in [
            ("reinforce:baseline=none", 1.0, 0.0, None),
            ("rloo:samples=2", 2.0, 0.0, None),
            ("concrete:temperature=0.3", 1.0, 1.0, Some(0.3)),
            ("rebar", 4.0, 3.0, None),
            ("muprop", 2.0, 1.0, None),
        ] {
            let row = row(&mut scene, name, 10);
            assert_eq!((row.evaluations, row.soft_evaluations, row.temperature), (evaluations, soft, temperature));
        }
        let concrete: EstimatorSpec = crate::run::parse("concrete").unwrap();
        let at = Measurement::new(&scene, "concrete", &concrete, Some(0.2), 1).unwrap();
        assert_eq!(at.temperature, Some(0.2));
        let rloo: EstimatorSpec = crate::run::parse("rloo").unwrap();
        assert_eq!(Measurement::new(&scene, "rloo", &rloo, Some(0.2), 1).unwrap_err(), "it has no temperature");
    }
}
