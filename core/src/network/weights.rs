//! Trained weights as safetensors, named and laid out as the `state_dict` of the benchmark's `TinyNetwork`, or of
//! `NetworkCIFAR` around cells of DARTS, so that PyTorch loads them.
//!
//! All that is needed to use the weights stands in the header under the one key `bilevel`, as JSON: one key, because
//! the order of several would differ from run to run.

use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::blueprint::{Blueprint, BlueprintError};
use super::body::Network;
use super::images::{Images, ImagesError, MOST_CLASSES, Shape};
use super::normalisation::Normalisation;
use super::reading::{Lost, wait};
use super::trained::Trained;
use crate::objective::Training;
use crate::space::{Cells, NasBench201, Space, SpaceSpec};

/// The key of the header's metadata.
const KEY: &str = "bilevel";

/// Why bytes are no weights of a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// The container is broken.
    #[error("not a file of safetensors: {0}")]
    File(String),
    /// The header does not say which network this is.
    #[error("the metadata `{KEY}` of the header: {0}; only files that bilevel wrote can be read")]
    Header(String),
    /// A tensor that is not there.
    #[error("tensor `{0}` is missing")]
    Missing(String),
    /// A tensor that the network does not have.
    #[error("tensor `{0}` belongs to no part of the network that the header describes")]
    Unknown(String),
    /// A tensor of another type or shape.
    #[error("tensor `{name}` is {got}; the network that the header describes needs {wanted}")]
    Misshapen {
        /// Its name.
        name: String,
        /// Type and axes that it has.
        got: String,
        /// Type and axes that it should have.
        wanted: String,
    },
    /// A weight that is no number.
    #[error("tensor `{0}` holds a value that is not finite")]
    NotFinite(String),
}

/// What the header says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// The version that wrote the file.
    version: String,
    /// The space, where it is not `nas-bench-201`.
    #[serde(default = "nas_bench_201", skip_serializing_if = "is_nas_bench_201")]
    space: SpaceSpec,
    /// The text of the architecture in it.
    architecture: String,
    channels: usize,
    cells: usize,
    /// Channels, height and width of an image.
    image: [usize; 3],
    classes: Vec<String>,
    mean: Vec<f32>,
    deviation: Vec<f32>,
}

fn nas_bench_201() -> SpaceSpec {
    SpaceSpec::NasBench201(NasBench201)
}

fn is_nas_bench_201(spec: &SpaceSpec) -> bool {
    *spec == nas_bench_201()
}

impl Trained {
    /// The weights as the bytes of a safetensors file. The same network gives the same bytes.
    ///
    /// # Panics
    /// If the device is lost; [`Self::to_safetensors_async`] says it.
    pub fn to_safetensors(&self) -> Vec<u8> {
        wait(self.to_safetensors_async()).unwrap_or_else(|lost| panic!("{lost}"))
    }

    /// The same where nothing may wait: in a browser.
    ///
    /// # Errors
    /// If the device is lost.
    pub async fn to_safetensors_async(&self) -> Result<Vec<u8>, Lost> {
        let Shape { channels, height, width } = self.blueprint.shape;
        let header = Header {
            version: env!("CARGO_PKG_VERSION").into(),
            space: self.blueprint.cells().space().spec().clone(),
            architecture: self.blueprint.text().unwrap_or_default(),
            channels: self.blueprint.channels,
            cells: self.blueprint.cells_a_stage,
            image: [channels, height, width],
            classes: self.classes.clone(),
            mean: self.normalisation.mean.clone(),
            deviation: self.normalisation.deviation.clone(),
        };
        let header = serde_json::to_string(&header).expect("numbers, texts and lists of them are JSON");
        let mut network = self.network.clone();
        let mut tensors = Vec::new();
        for slot in network.slots() {
            if let Some(norm) = slot.name.strip_suffix("running_var") {
                let steps = (self.steps as i64).to_le_bytes().to_vec();
                tensors.push((format!("{norm}{STEPS}"), Dtype::I64, Vec::new(), steps));
            }
            let values = slot.values().await?.into_iter().flat_map(f32::to_le_bytes).collect();
            tensors.push((slot.name.clone(), Dtype::F32, slot.shape(), values));
        }
        let views = tensors.iter().map(|(name, kind, shape, bytes)| {
            let view = TensorView::new(*kind, shape.clone(), bytes).expect("as many values as the shape says");
            (name.as_str(), view)
        });
        let metadata = [(KEY.to_string(), header)].into_iter().collect();
        Ok(safetensors::serialize(views, Some(metadata)).expect("names are unique and shapes fit their bytes"))
    }

    /// The network of the bytes that [`Trained::to_safetensors`] made, on the processor.
    ///
    /// # Errors
    /// If the container is broken, the header says nothing sound, or a tensor is missing, unknown, of another shape or
    /// not finite.
    #[cfg(feature = "cpu")]
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, WeightsError> {
        read(bytes, &Device::flex())
    }
}

/// The network of such bytes on `device`.
pub(super) fn read(bytes: &[u8], device: &Device) -> Result<Trained, WeightsError> {
    let file = |error: SafeTensorError| WeightsError::File(error.to_string());
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(file)?;
    let header = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let header = header.ok_or_else(|| WeightsError::Header("there is none".into()))?;
    let header: Header = serde_json::from_str(header).map_err(|error| WeightsError::Header(error.to_string()))?;
    let (blueprint, normalisation) = header.check().map_err(WeightsError::Header)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(file)?;
    // Asked before the network is allocated, so that a false header cannot ask for more memory than the file has.
    if blueprint.parameters() * 4 > bytes.len() as u64 {
        let parameters = blueprint.parameters();
        return Err(WeightsError::Header(format!("{parameters} weights do not fit a file of {} bytes", bytes.len())));
    }
    let mut network = Network::new(&blueprint, 0, device);
    let mut known = Vec::new();
    let mut steps = 0;
    for mut slot in network.slots() {
        if let Some(norm) = slot.name.strip_suffix("running_var") {
            let name = format!("{norm}{STEPS}");
            let bytes = data(&tensors, &name, Dtype::I64, &[])?;
            steps = i64::from_le_bytes(bytes.try_into().expect("an i64 has 8 bytes")).max(0) as u64;
            known.push(name);
        }
        let bytes = data(&tensors, &slot.name, Dtype::F32, &slot.shape())?;
        let number = |word: &[u8]| f32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        let values: Vec<f32> = bytes.chunks_exact(4).map(number).collect();
        if !values.iter().all(|value| value.is_finite()) {
            return Err(WeightsError::NotFinite(slot.name));
        }
        slot.set(values);
        known.push(slot.name);
    }
    known.sort_unstable();
    let mut names = tensors.names();
    names.sort_unstable();
    if let Some(unknown) = names.iter().find(|name| known.binary_search_by(|k| k.as_str().cmp(name)).is_err()) {
        return Err(WeightsError::Unknown((*unknown).to_string()));
    }
    Ok(Trained::new(blueprint, normalisation, header.classes, network, steps))
}

/// PyTorch's name of the number of steps that a batch normalisation was trained for.
const STEPS: &str = "num_batches_tracked";

/// The bytes of a tensor of that name, type and shape.
fn data<'a>(tensors: &SafeTensors<'a>, name: &str, kind: Dtype, shape: &[usize]) -> Result<&'a [u8], WeightsError> {
    let tensor = tensors.tensor(name).map_err(|_| WeightsError::Missing(name.into()))?;
    if tensor.dtype() != kind || tensor.shape() != shape {
        let (got, wanted) = (format!("{} {:?}", tensor.dtype(), tensor.shape()), format!("{kind} {shape:?}"));
        return Err(WeightsError::Misshapen { name: name.into(), got, wanted });
    }
    Ok(tensor.data())
}

impl Header {
    /// The network and the normalisation that it describes, or what is wrong with it.
    fn check(&self) -> Result<(Blueprint, Normalisation), String> {
        let [channels, height, width] = self.image;
        let shape = Shape { channels, height, width };
        Images::bytes(shape, 1).map_err(|error: ImagesError| error.to_string())?;
        if !(2..=MOST_CLASSES).contains(&self.classes.len()) {
            return Err(ImagesError::Classes(self.classes.len()).to_string());
        }
        let space = Space::new(self.space.clone()).map_err(|error| error.to_string())?;
        let cells = Cells::of(&space)?;
        let architecture = space.parse(&self.architecture).map_err(|error| error.to_string())?;
        let training = Training { channels: self.channels, cells: self.cells, ..Training::default() };
        let blueprint = Blueprint::new(&cells, &architecture, &training, shape, self.classes.len());
        let blueprint = blueprint.map_err(|error: BlueprintError| error.to_string())?;
        let Self { mean, deviation, .. } = self;
        let sound = mean.iter().all(|x| x.is_finite()) && deviation.iter().all(|x| x.is_finite() && *x > 0.0);
        if !sound || mean.len() != channels || deviation.len() != channels {
            return Err(format!(
                "mean {mean:?} and deviation {deviation:?} are no normalisation of {channels} channels"
            ));
        }
        Ok((blueprint, Normalisation { mean: mean.clone(), deviation: deviation.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::digits::digits;
    use super::super::split::Split;
    use super::super::tensors::nas_bench_201;
    use super::super::train::train;
    use super::*;
    use crate::space::Architecture;

    fn trained() -> (Trained, Split) {
        let small = Training { channels: 2, epochs: 1, train_images: Some(130), ..Training::default() };
        let split = Split::new(&digits(), &small, 1).unwrap();
        (train(&nas_bench_201(), &Architecture::new([3, 2, 1, 4, 0, 3]), &small, &split, 5, &()).unwrap(), split)
    }

    #[test]
    fn a_round_trip_keeps_every_bit() {
        let (network, split) = trained();
        let bytes = network.to_safetensors();
        let read = Trained::from_safetensors(&bytes).unwrap();
        assert_eq!(read.to_safetensors(), bytes);
        assert_eq!(read.logits(split.validation()), network.logits(split.validation()));
        assert_eq!((read.classes(), read.normalisation()), (network.classes(), network.normalisation()));
    }

    /// The names that the benchmark's own code gives: `TinyNetwork`, `InferCell`, `ReLUConvBN`, `ResNetBasicblock`.
    #[test]
    fn the_names_are_those_of_the_benchmark() {
        let bytes = trained().0.to_safetensors();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let norm = |name: &str| {
            let parts = ["weight", "bias", "running_mean", "running_var", STEPS];
            parts.map(|part| format!("{name}.{part}")).to_vec()
        };
        let mut wanted = vec!["stem.0.weight".to_string(), "classifier.weight".into(), "classifier.bias".into()];
        wanted.extend([norm("stem.1"), norm("lastact.0")].concat());
        for cell in [0, 2, 4] {
            // Edges 0, 1 and 5 are convolutions in this cell.
            for edge in [0, 1, 5] {
                wanted.push(format!("cells.{cell}.layers.{edge}.op.1.weight"));
                wanted.extend(norm(&format!("cells.{cell}.layers.{edge}.op.2")));
            }
        }
        for block in [1, 3] {
            for conv in ["conv_a", "conv_b"] {
                wanted.push(format!("cells.{block}.{conv}.op.1.weight"));
                wanted.extend(norm(&format!("cells.{block}.{conv}.op.2")));
            }
            wanted.push(format!("cells.{block}.downsample.1.weight"));
        }
        wanted.sort_unstable();
        let mut names = tensors.names();
        names.sort_unstable();
        assert_eq!(names, wanted);
        assert_eq!(tensors.tensor("classifier.weight").unwrap().shape(), [10, 8]);
        assert_eq!(tensors.tensor("cells.1.downsample.1.weight").unwrap().shape(), [4, 2, 1, 1]);
        // 130 images in batches of 64: the last has two.
        assert_eq!(tensors.tensor("stem.1.num_batches_tracked").unwrap().data(), 3i64.to_le_bytes());
    }

    /// The file of `network` with every tensor and the header passed through `change`.
    fn changed(network: &Trained, change: impl Fn(&str) -> Option<(&'static str, Vec<usize>)>, header: &str) -> String {
        let bytes = network.to_safetensors();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let old = metadata.metadata().as_ref().unwrap()[KEY].clone();
        let (from, to) = header.split_once('=').unwrap_or(("\u{0}", ""));
        let views = tensors.tensors();
        let views = views.iter().filter_map(|(name, view)| match change(name) {
            None => Some((name.as_str(), view.clone())),
            Some(("", _)) => None,
            Some((other, shape)) => Some((other, TensorView::new(view.dtype(), shape, view.data()).unwrap())),
        });
        let metadata = [(KEY.to_string(), old.replace(from, to))].into_iter().collect();
        let bytes = safetensors::serialize(views, Some(metadata)).unwrap();
        Trained::from_safetensors(&bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (network, _) = trained();
        let missing = changed(&network, |name| (name == "classifier.bias").then(|| ("", vec![])), "");
        assert_eq!(missing, "tensor `classifier.bias` is missing");
        let turned = |name: &str| (name == "classifier.weight").then(|| ("classifier.weight", vec![8, 10]));
        let wanted =
            "tensor `classifier.weight` is F32 [8, 10]; the network that the header describes needs F32 [10, 8]";
        assert_eq!(changed(&network, turned, ""), wanted);
        let text = changed(&network, |_| None, "\"channels\":2=\"channels\":256");
        assert!(text.contains("weights do not fit a file of"), "{text}");
        let text = changed(&network, |_| None, "nor_conv_1x1=none");
        assert_eq!(
            text,
            "tensor `cells.0.layers.1.op.1.weight` belongs to no part of the network that the header describes"
        );
        let text = changed(&network, |_| None, "nor_conv_1x1=conv");
        assert!(text.contains("unknown operation `conv`"), "{text}");
        let text = Trained::from_safetensors(b"no").unwrap_err().to_string();
        assert!(text.starts_with("not a file of safetensors: "), "{text}");
        let bare = safetensors::serialize(Vec::<(&str, TensorView<'_>)>::new(), None).unwrap();
        let text = Trained::from_safetensors(&bare).unwrap_err().to_string();
        assert_eq!(
            text,
            "the metadata `bilevel` of the header: there is none; only files that bilevel wrote can be read"
        );
    }
}
