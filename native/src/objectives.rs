//! From a specification to what answers: tables and chains by themselves, networks with the images they need.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use bilevel::network::{Split, TrainedNetwork};
use bilevel::objective::cached::{Cached, Memory};
use bilevel::objective::{Metric, Objective};
use bilevel::run::RunSpec;
use bilevel::space::Space;

use crate::data;
use crate::exit::Error;

/// What answers the trials of a run.
#[derive(Debug)]
pub(crate) struct Opened {
    /// One for each worker.
    pub(crate) objectives: Vec<Box<dyn Objective>>,
    /// What they measure.
    pub(crate) metrics: Vec<Metric>,
    /// What they remember together, where networks are trained.
    pub(crate) memory: Memory,
    /// The images, where networks are trained.
    pub(crate) split: Option<Arc<Split>>,
}

/// Opens the objective of `spec`; fills in the fingerprint of its images, or compares it where there is one.
pub(crate) fn open(spec: &mut RunSpec, data_path: Option<&Path>) -> Result<Opened, Error> {
    let space = Space::new(spec.space.clone()).map_err(|error| Error::usage(error.to_string()))?;
    let memory = Memory::default();
    let Some(training) = spec.objective.training() else {
        if data_path.is_some() {
            let message = format!("--data is for objectives that train; `{}` looks up", spec.objective.name());
            return Err(Error::usage(message));
        }
        let objective = spec.objective.open(&space, spec.metric.as_deref());
        let objective = objective.map_err(|error| Error::usage(error.to_string()))?;
        let metrics = objective.metrics().to_vec();
        return Ok(Opened { objectives: vec![objective], metrics, memory, split: None });
    };
    let images = data::load(&spec.objective, data_path).map_err(|error| Error::usage(error.to_string()))?;
    let fingerprint = images.fingerprint();
    match &spec.data_sha256 {
        Some(known) if *known != fingerprint => {
            let message = format!(
                "the images are not those that the run began with (SHA-256 {fingerprint}, not {known}); name the \
                 folder it began with by --data"
            );
            return Err(Error::usage(message));
        }
        _ => {}
    }
    let usage = |error: &dyn std::fmt::Display| Error::usage(format!("objective `{}`: {error}", spec.objective.name()));
    let split = Arc::new(Split::new(&images, training, spec.seed).map_err(|error| usage(&error))?);
    let network =
        TrainedNetwork::new(&space, training, Arc::clone(&split), spec.seed).map_err(|error| usage(&error))?;
    let metrics = network.metrics().to_vec();
    let worker = |_| Box::new(Cached::new(network.clone(), Arc::clone(&memory))) as Box<dyn Objective>;
    let objectives = (0..workers(spec.in_flight())).map(worker).collect();
    spec.data_sha256 = Some(fingerprint);
    Ok(Opened { objectives, metrics, memory, split: Some(split) })
}

/// What the objective of `spec` measures, without its images.
pub(crate) fn metrics(spec: &RunSpec) -> Result<Vec<Metric>, Error> {
    if spec.objective.training().is_some() {
        return Ok(TrainedNetwork::measured().to_vec());
    }
    Ok(open(&mut spec.clone(), None)?.metrics)
}

/// How many networks train at once: no more than there are cores, nor than trials in flight.
pub(crate) fn workers(in_flight: usize) -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(in_flight)
}
