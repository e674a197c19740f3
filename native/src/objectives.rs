//! From a specification to what answers: tables and landscapes by themselves, networks with the images they need.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use bilevel::network::{SharedWeights, Split, TrainedNetwork};
use bilevel::objective::cached::{Cached, Memory};
use bilevel::objective::supernet;
use bilevel::objective::table::{self, Census};
use bilevel::objective::{Metric, Objective, ObjectiveSpec, Training};
use bilevel::run::RunSpec;
use bilevel::search::SearcherSpec;
use bilevel::search::supernet::Options;
use bilevel::space::{Cells, Space};

use crate::data;
use crate::derived::space_of;
use crate::device;
use crate::device_memory::{DeviceMemory, WithRoom};
use crate::exit::Error;
use crate::shared_weights::{Kept, Place};
use crate::supernets;
use crate::trial::ChildProcess;

/// What a specification leaves open, since it is of this machine alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// Where the images or the table are.
    pub(crate) data: Option<PathBuf>,
    /// Whether the space is that which the table shows.
    pub(crate) infer_space: bool,
    /// How many processes train, where they are to be processes and not threads.
    pub(crate) processes: Option<usize>,
    /// The bytes of the device's memory that candidates share, where it is said.
    pub(crate) device_memory: Option<u64>,
    /// How many objectives are wanted; as many as may answer at once where it is not said.
    pub(crate) copies: Option<usize>,
}

impl Source {
    /// Data at a path, for a specification that says all else.
    pub(crate) fn at(data: Option<PathBuf>) -> Self {
        Self { data, ..Self::default() }
    }
}

/// What answers the trials of a run.
#[derive(Debug)]
pub(crate) struct Opened {
    /// One for each worker.
    pub(crate) objectives: Vec<Box<dyn Objective>>,
    /// What they measure.
    pub(crate) metrics: Vec<Metric>,
    /// What they remember together, where networks are trained.
    pub(crate) memory: Memory,
    /// Where networks are trained, what they share.
    pub(crate) networks: Option<Networks>,
    /// Where a supernet is trained, what it takes and where its checkpoint goes.
    pub(crate) supernet: Option<Trained>,
    /// What the rows were, of a table of the user's own.
    pub(crate) census: Option<Census>,
}

/// What is to be known of a supernet that is trained while it is searched.
#[derive(Debug, Clone)]
pub(crate) struct Trained {
    /// Bytes of a step, by estimate.
    pub(crate) step_bytes: u64,
    /// Trainable weights.
    pub(crate) weights: u64,
    /// Where the checkpoint goes.
    pub(crate) checkpoint: Place,
}

/// What all networks of a run share.
#[derive(Debug, Clone)]
pub(crate) struct Networks {
    /// What they are built of.
    pub(crate) cells: Cells,
    /// The images.
    pub(crate) split: Split,
    /// The memory of the device.
    pub(crate) device_memory: Arc<DeviceMemory>,
}

impl Networks {
    /// One of the objectives that share this and what they remember.
    fn worker(&self, objective: impl Objective + 'static, training: &Training, memory: &Memory) -> Box<dyn Objective> {
        let with_room = WithRoom::new(objective, &self.device_memory, &self.cells, training, &self.split);
        Box::new(Cached::new(with_room, Arc::clone(memory)))
    }
}

impl Opened {
    /// Checks that what is open answers what `searcher` asks.
    pub(crate) fn suits(&self, searcher: &SearcherSpec) -> Result<(), Error> {
        let mixtures = self.objectives.first().is_none_or(|objective| objective.answers().soft.is_some());
        if searcher.asks_about_mixtures() && !mixtures {
            return Err(Error::usage(format!(
                "searcher `{}` asks about mixtures, and these results lack some architectures or are too many to be summed up; \
                 take a searcher such as reinforce or relax",
                searcher.name()
            )));
        }
        Ok(())
    }

    /// Objectives that look up.
    fn looking_up(objectives: Vec<Box<dyn Objective>>, census: Option<Census>) -> Self {
        let metrics = objectives.first().map_or_else(Vec::new, |objective| objective.metrics().to_vec());
        Self { objectives, metrics, memory: Memory::default(), networks: None, supernet: None, census }
    }
}

/// Opens the objective of `spec`; fills in the space where that is to be inferred, and the fingerprint of its data, or
/// compares it where there is one.
pub(crate) fn open(spec: &mut RunSpec, source: &Source) -> Result<Opened, Error> {
    match &spec.objective {
        ObjectiveSpec::Table(options) if options.is_own() => {
            let options = options.clone();
            own_table(spec, &options, source)
        }
        ObjectiveSpec::Supernet(options) => {
            no_processes(spec, source)?;
            let (supernet, fingerprint) = supernets::open(options, &spec.space, source.data.as_deref())?;
            check_fingerprint(spec, fingerprint, "the supernet is not the one")?;
            let copy = |_| Box::new(supernet.clone()) as Box<dyn Objective>;
            Ok(Opened::looking_up((0..source.copies.unwrap_or(1)).map(copy).collect(), None))
        }
        objective if objective.training().is_some() => networks(spec, source),
        _ => look_up(spec, source),
    }
}

fn look_up(spec: &RunSpec, source: &Source) -> Result<Opened, Error> {
    no_processes(spec, source)?;
    if source.data.is_some() {
        let message = format!("--data is for objectives that train; `{}` looks up", spec.objective.name());
        return Err(Error::usage(message));
    }
    let space = space_of(spec)?;
    let open = |_| spec.objective.open(&space, spec.metric.as_deref()).map_err(|error| Error::usage(error.to_string()));
    Ok(Opened::looking_up((0..source.copies.unwrap_or(1)).map(open).collect::<Result<_, _>>()?, None))
}

fn own_table(spec: &mut RunSpec, options: &table::Options, source: &Source) -> Result<Opened, Error> {
    let missing =
        "objective `table`: its rows are in a file; name it by --table FILE, or by --data FILE for a run that began";
    let path = source.data.as_deref().ok_or_else(|| Error::usage(missing))?;
    let search = spec.metric.clone().ok_or_else(|| {
        Error::usage("--table also needs --search-metric COLUMN, the column that the search looks at")
    })?;
    let space = (!source.infer_space).then_some(&spec.space);
    let own = data::table::load(path, options, &search, space).map_err(|error| Error::usage(error.to_string()))?;
    check_fingerprint(spec, own.sha256, "the table is not the one")?;
    spec.space = own.space;
    let copy = |_| Box::new(own.table.clone()) as Box<dyn Objective>;
    Ok(Opened::looking_up((0..source.copies.unwrap_or(1)).map(copy).collect(), Some(own.census)))
}

/// Looking up takes less time than a process takes to start.
fn no_processes(spec: &RunSpec, source: &Source) -> Result<(), Error> {
    match source.processes {
        Some(_) => {
            Err(Error::usage(format!("--workers is for objectives that train; `{}` looks up", spec.objective.name())))
        }
        None => Ok(()),
    }
}

fn networks(spec: &mut RunSpec, source: &Source) -> Result<Opened, Error> {
    let space = space_of(spec)?;
    let training = spec.objective.training().cloned().unwrap_or_default();
    device::check(training.device)?;
    let images =
        data::load(&spec.objective, source.data.as_deref()).map_err(|error| Error::usage(error.to_string()))?;
    check_fingerprint(spec, images.fingerprint(), "the images are not those")?;
    let usage = |error: &dyn std::fmt::Display| Error::usage(format!("objective `{}`: {error}", spec.objective.name()));
    let split = Split::new(&images, &training, spec.seed).map_err(|error| usage(&error))?;
    if let Some(options) = spec.searcher.supernet() {
        return shared_weights(spec, &space, options, split, source);
    }
    let network = TrainedNetwork::new(&space, &training, split.clone(), spec.seed).map_err(|error| usage(&error))?;
    let (metrics, memory) = (network.metrics().to_vec(), Memory::default());
    let device_memory = Arc::new(DeviceMemory::new(training.device, source.device_memory));
    let cells = Cells::of(&space).map_err(|reason| usage(&reason))?;
    let networks = Networks { cells, split, device_memory };
    let objectives = match source.processes {
        Some(processes) => {
            let child = ChildProcess::new(&space, spec, source.data.clone(), &metrics);
            let worker = |_| networks.worker(child.clone(), &training, &memory);
            (0..processes.min(spec.in_flight())).map(worker).collect()
        }
        None => {
            let worker = |_| networks.worker(network.clone(), &training, &memory);
            (0..source.copies.unwrap_or_else(|| workers(spec.in_flight()))).map(worker).collect()
        }
    };
    Ok(Opened { objectives, metrics, memory, networks: Some(networks), supernet: None, census: None })
}

/// The one objective of a search that trains a supernet.
fn shared_weights(
    spec: &RunSpec,
    space: &Space,
    options: &Options,
    split: Split,
    source: &Source,
) -> Result<Opened, Error> {
    let searcher = format!("searcher `{}`", spec.searcher.name());
    if source.processes.is_some() {
        return Err(Error::usage(format!(
            "--workers is for networks that train beside one another; {searcher} trains one"
        )));
    }
    let training = spec.objective.training().cloned().unwrap_or_default();
    let shared = SharedWeights::new(space, options, &training, split.clone(), spec.seed)
        .map_err(|error| Error::usage(format!("{searcher}: {error}")))?;
    let device_memory = Arc::new(DeviceMemory::new(training.device, source.device_memory));
    let (step_bytes, weights) = (shared.step_bytes(), shared.blueprint().parameters());
    device_memory.check(step_bytes).map_err(|reason| Error::usage(format!("{searcher}: {reason}")))?;
    let (metrics, checkpoint) = (shared.metrics().to_vec(), Place::default());
    let kept = Kept::new(shared, &device_memory, &checkpoint);
    let cells = Cells::of(space).map_err(Error::usage)?;
    let supernet = Some(Trained { step_bytes, weights, checkpoint });
    let networks = Some(Networks { cells, split, device_memory });
    let objectives: Vec<Box<dyn Objective>> = vec![Box::new(kept)];
    Ok(Opened { objectives, metrics, memory: Memory::default(), networks, supernet, census: None })
}

/// Keeps the fingerprint of the data, or compares it with the one that is kept.
fn check_fingerprint(spec: &mut RunSpec, fingerprint: String, what: &str) -> Result<(), Error> {
    match &spec.data_sha256 {
        Some(known) if *known != fingerprint => Err(Error::usage(format!(
            "{what} that the run began with (SHA-256 {fingerprint}, not {known}); name the data it began with by --data"
        ))),
        _ => {
            spec.data_sha256 = Some(fingerprint);
            Ok(())
        }
    }
}

/// What the objective of `spec` measures, without its images or rows.
pub(crate) fn metrics(spec: &RunSpec) -> Result<Vec<Metric>, Error> {
    match (&spec.objective, &spec.metric) {
        (ObjectiveSpec::Table(options), Some(search)) if options.is_own() => Ok(options.metrics(search)),
        (ObjectiveSpec::Function(options), _) => Ok(options.metrics.clone()),
        (ObjectiveSpec::Supernet(_), _) => Ok(supernet::Options::metrics().to_vec()),
        (objective, _) if objective.training().is_some() => Ok(Training::metrics().to_vec()),
        _ => Ok(open(&mut spec.clone(), &Source::default())?.metrics),
    }
}

/// How many networks train at once: no more than there are cores, nor than trials in flight.
pub(crate) fn workers(in_flight: usize) -> usize {
    cores().min(in_flight)
}

/// The cores that this process may use.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
