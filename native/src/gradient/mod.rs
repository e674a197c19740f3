//! Many measurements of gradients side by side, on all cores, each kept when it is finished.

pub(crate) mod fits;
pub(crate) mod kept;
pub(crate) mod plots;
pub(crate) mod report;
pub(crate) mod temperatures;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use bilevel::estimator::EstimatorSpec;
use bilevel::gradient::{Gaps, Measurement, Row, Scene, gaps, temperatures_of};
use bilevel::objective::{Objective, Scalarisation};
use bilevel::policy::Policy;
use bilevel::space::Space;
use serde::Serialize;

use self::fits::Fit;
use self::kept::{Kept, Key};
use crate::exit::{Error, Exit};
use crate::session;

/// Draws between two looks at the clock and for an interrupt.
const SLICE: u64 = 1000;

/// What is measured.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) space: Space,
    /// The estimators, each with the text that named it.
    pub(crate) estimators: Vec<(String, EstimatorSpec)>,
    /// The temperatures of those that have one and name none; their own where there is none here.
    pub(crate) temperatures: Vec<f64>,
    pub(crate) samples: u64,
    pub(crate) seed: u64,
    /// Where it is measured.
    pub(crate) policies: Vec<Place>,
    /// What the search follows that these policies are along; none where there is one policy.
    pub(crate) along: Option<String>,
    /// Whether second derivatives are looked for.
    pub(crate) curvature: bool,
}

/// A policy that is measured at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Place {
    /// After how many steps of a search, on a trajectory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step: Option<u32>,
    /// `[A]`.
    pub(crate) logits: Vec<f64>,
}

/// One policy, and what was measured there.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measured {
    #[serde(flatten)]
    pub(crate) place: Place,
    /// `E[f]`, in units of the loss.
    pub(crate) expectation: f64,
    /// Its gradient, `[A]`.
    pub(crate) exact: Vec<f64>,
    /// How far the mixture is from what it stands for; none where the objective answers no mixtures.
    pub(crate) gaps: Option<Gaps>,
    pub(crate) rows: Vec<Row>,
    /// What the temperatures say, where several were measured.
    pub(crate) fits: Vec<Fit>,
}

/// A scene at the uniform policy for each objective.
pub(crate) fn scenes(
    space: &Space,
    scalarisation: &Scalarisation,
    objectives: Vec<Box<dyn Objective>>,
) -> Result<Vec<Scene>, Error> {
    objectives.into_iter().map(|it| Scene::new(space, it, scalarisation.clone()).map_err(Error::usage)).collect()
}

impl Plan {
    /// Whether an estimator is measured at temperatures that are named here.
    pub(crate) fn sweeps(&self) -> bool {
        let swept = |(name, spec): &(String, EstimatorSpec)| temperatures_of(name, spec, &self.temperatures) != [None];
        self.estimators.iter().any(swept)
    }

    /// Everything that is to be measured, in the order of the rows.
    fn keys(&self, scene: &Scene) -> Result<Vec<(Key, &EstimatorSpec)>, Error> {
        let mut keys = Vec::new();
        for place in &self.policies {
            for (name, spec) in &self.estimators {
                for temperature in temperatures_of(name, spec, &self.temperatures) {
                    let possible = Measurement::new(scene, name, spec, temperature, self.seed);
                    possible.map_err(|reason| Error::usage(format!("estimator `{name}`: {reason}")))?;
                    keys.push((Key { step: place.step, estimator: name.clone(), temperature }, spec));
                }
            }
        }
        Ok(keys)
    }

    /// Measures what is not kept yet, each scene on its own thread.
    pub(crate) fn measure(&self, mut scenes: Vec<Scene>, kept: &mut Kept) -> Result<Vec<Measured>, Error> {
        let first = scenes.first().ok_or_else(|| Error::new(Exit::Failed, "there is no objective"))?;
        let keys = self.keys(first)?;
        let open: Vec<&(Key, &EstimatorSpec)> = keys.iter().filter(|(key, _)| kept.row(key).is_none()).collect();
        let (next, shared, failed) = (AtomicUsize::new(0), Mutex::new(&mut *kept), Mutex::new(None::<Error>));
        thread::scope(|scope| {
            for scene in &mut scenes {
                let (next, shared, failed, open) = (&next, &shared, &failed, &open);
                scope.spawn(move || {
                    while let Some((key, spec)) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let outcome = match self.row(scene, key, spec) {
                            Ok(Some(row)) => shared.lock().unwrap_or_else(PoisonError::into_inner).keep(key, row),
                            Ok(None) => return,
                            Err(error) => Err(error),
                        };
                        if let Err(error) = outcome {
                            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                            next.store(open.len(), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let scene = &mut scenes[0];
        self.policies.iter().map(|place| self.measured(scene, place, &keys, kept)).collect()
    }

    fn measured(
        &self,
        scene: &mut Scene,
        place: &Place,
        keys: &[(Key, &EstimatorSpec)],
        kept: &mut Kept,
    ) -> Result<Measured, Error> {
        if session::interrupted() {
            return Err(Error::new(Exit::Interrupted, kept.how_to_go_on()));
        }
        scene.set_logits(&place.logits).map_err(Error::usage)?;
        let here = keys.iter().filter(|(key, _)| key.step == place.step);
        let rows: Vec<Row> = here.filter_map(|(key, _)| kept.row(key).cloned()).collect();
        let fits = fits::fits(&rows);
        let gaps = match kept.gaps(place.step, self.curvature) {
            Some(gaps) => Some(gaps.clone()),
            None => {
                let gaps = gaps(scene, self.curvature, self.seed).map_err(|reason| Error::new(Exit::Failed, reason))?;
                gaps.clone().map_or(Ok(()), |gaps| kept.keep_gaps(place.step, gaps))?;
                gaps
            }
        };
        let exact = scene.exact();
        let (expectation, exact) = (exact.mean, exact.gradient.clone());
        Ok(Measured { place: place.clone(), expectation, exact, gaps, rows, fits })
    }

    /// One row; none where the user interrupted.
    fn row(&self, scene: &mut Scene, key: &Key, spec: &EstimatorSpec) -> Result<Option<Row>, Error> {
        let place = self.policies.iter().find(|place| place.step == key.step).expect("keys come from the policies");
        if scene.policy().parameters() != place.logits {
            scene.set_logits(&place.logits).map_err(Error::usage)?;
        }
        let failed = |reason: String| Error::new(Exit::Failed, format!("estimator `{}`: {reason}", key.estimator));
        let mut measurement =
            Measurement::new(scene, &key.estimator, spec, key.temperature, self.seed).map_err(failed)?;
        let began = Instant::now();
        while measurement.count() < self.samples {
            if session::interrupted() {
                return Ok(None);
            }
            measurement.draw_several(scene, SLICE.min(self.samples - measurement.count())).map_err(failed)?;
        }
        let microseconds = began.elapsed().as_secs_f64() * 1e6 / self.samples as f64;
        Ok(measurement.row(Some(microseconds)))
    }
}
