//! A search that trains a supernet as bytes, to go on from to the same bits: weights, velocities, policy, estimator, and the answer
//! to its last epoch.

use burn::tensor::{Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::reading::{Lost, wait};
use super::{Learner, SharedWeights};
use crate::objective::{Answer, DeviceName, Instruments, Progress, Training};
use crate::state::State;

/// The key of the header's metadata.
const KEY: &str = "bilevel-checkpoint";
/// What stands before the name of a tensor whose velocity it is.
const VELOCITY: &str = "velocity of ";

/// All but the tensors.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// SHA-256 of what the search is: a checkpoint of another one is refused.
    search: String,
    epoch: u32,
    missed: u32,
    policy: Vec<f64>,
    estimator: Value,
    optimiser: Value,
    /// The text of what would be derived, the values and the instruments of the last epoch.
    architecture: String,
    values: Vec<f64>,
    instruments: Instruments,
}

impl SharedWeights {
    /// What it has come to, as the bytes of a safetensors file; nothing before the first epoch has ended.
    ///
    /// # Errors
    /// If the device was lost.
    pub async fn checkpoint(&self) -> Result<Option<Vec<u8>>, Lost> {
        let (Some(learner), Some(Answer { values, progress: Some(progress), .. })) = (&self.learner, &self.last) else {
            return Ok(None);
        };
        let header = Header {
            search: self.fingerprint().to_owned(),
            epoch: learner.epoch,
            missed: learner.missed,
            policy: learner.policy.parameters().to_vec(),
            estimator: learner.estimator.state(),
            optimiser: learner.optimiser.state(),
            architecture: self.cells.space().format(&progress.architecture),
            values: values.clone(),
            instruments: progress.instruments.clone(),
        };
        let mut network = learner.network.clone();
        let velocities = learner.descent.values(&mut network).await?;
        let mut tensors: Vec<(String, Vec<f32>)> = Vec::new();
        let slots = network.slots();
        for slot in &slots {
            tensors.push((slot.name.clone(), slot.values().await?));
        }
        for (slot, velocity) in slots.iter().filter(|slot| slot.is_trained()).zip(velocities) {
            tensors.push((format!("{VELOCITY}{}", slot.name), velocity));
        }
        let bytes: Vec<(String, usize, Vec<u8>)> = tensors
            .into_iter()
            .map(|(name, values)| (name, values.len(), values.into_iter().flat_map(f32::to_le_bytes).collect()))
            .collect();
        let views = bytes.iter().map(|(name, count, bytes)| {
            let view = TensorView::new(Dtype::F32, vec![*count], bytes).expect("as many values as the shape says");
            (name.as_str(), view)
        });
        let header = serde_json::to_string(&header).expect("numbers, texts and lists of them are JSON");
        let metadata = [(KEY.to_owned(), header)].into_iter().collect();
        Ok(Some(safetensors::serialize(views, Some(metadata)).expect("names are unique and shapes fit their bytes")))
    }

    /// The same where it may wait.
    ///
    /// # Panics
    /// If the device was lost.
    pub fn checkpoint_now(&self) -> Option<Vec<u8>> {
        wait(self.checkpoint()).unwrap_or_else(|lost| panic!("{lost}"))
    }

    /// Becomes what the bytes of [`Self::checkpoint`] are of.
    ///
    /// # Errors
    /// If they are no checkpoint, or one of another search: then nothing has changed.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        let broken = |error: safetensors::SafeTensorError| format!("not a file of safetensors: {error}");
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let header = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let header = header.ok_or("it is no checkpoint of a search that trains a supernet")?;
        let header: Header = serde_json::from_str(header).map_err(|error| format!("its header: {error}"))?;
        if header.search != self.fingerprint() {
            return Err("it is of another search: other options, images or seed".into());
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
        let mut learner = self.begin().map_err(|error| error.to_string())?;
        if header.policy.len() != learner.policy.parameters().len() || !header.policy.iter().all(|x| x.is_finite()) {
            return Err(format!("the policy has {} parameters, or not all are finite", header.policy.len()));
        }
        learner.policy.update(&mut |parameters| parameters.copy_from_slice(&header.policy));
        learner.estimator.restore(learner.policy.as_ref(), header.estimator)?;
        learner.optimiser.restore(header.optimiser)?;
        take_in(&mut learner, &tensors)?;
        (learner.epoch, learner.missed) = (header.epoch, header.missed);
        let architecture = self.cells.space().parse(&header.architecture).map_err(|error| error.to_string())?;
        let progress = Progress { architecture, policy: header.policy, instruments: header.instruments };
        self.last = Some(Answer { progress: Some(progress), ..Answer::free(header.values) });
        self.learner = Some(learner);
        Ok(())
    }

    /// What a checkpoint is of.
    fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| self.hashed())
    }

    fn hashed(&self) -> String {
        let mut hash = Sha256::new();
        // Where it is computed is no part of what it is: another device goes on where one was lost.
        let training = Training { device: DeviceName::default(), ..self.training.clone() };
        let parts = [
            self.cells.space().spec().to_string(),
            serde_json::to_string(self.cells.space().positions()).expect("names are JSON"),
            serde_json::to_string(&self.options).expect("numbers and names are JSON"),
            serde_json::to_string(&training).expect("numbers are JSON"),
            self.seed.to_string(),
        ];
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        for part in [self.split.train(), self.split.validation()] {
            part.places().iter().for_each(|place| hash.update((*place as u64).to_le_bytes()));
            (0..part.len()).for_each(|image| hash.update(part.pixels(image)));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The tensors of a checkpoint.
fn take_in(learner: &mut Learner, tensors: &SafeTensors<'_>) -> Result<(), String> {
    let read = |name: &str, count: usize| -> Result<Vec<f32>, String> {
        let tensor = tensors.tensor(name).map_err(|_| format!("tensor `{name}` is missing"))?;
        let number = |word: &[u8]| f32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        let values: Vec<f32> = tensor.data().chunks_exact(4).map(number).collect();
        let sound = tensor.dtype() == Dtype::F32 && values.len() == count && values.iter().all(|x| x.is_finite());
        if sound { Ok(values) } else { Err(format!("tensor `{name}` has not {count} finite values of f32")) }
    };
    let mut velocities = Vec::new();
    for mut slot in learner.network.slots() {
        let count = slot.shape().iter().product();
        slot.set(read(&slot.name, count)?);
        if slot.is_trained() {
            let values = read(&format!("{VELOCITY}{}", slot.name), count)?;
            velocities.push(Tensor::from_data(TensorData::new(values, [count]), &slot.flat().device()));
        }
    }
    learner.descent.restore(velocities);
    Ok(())
}
