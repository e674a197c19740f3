//! A supernet as bytes: its weights and the losses of its paths as safetensors.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::objective::supernet::Options;

/// The key of the header's metadata, and the name of the tensor of losses and accuracies.
const KEY: &str = "bilevel-supernet";
const PATHS: &str = "paths";

/// What is kept of a supernet.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its tensors by name, in their order, the last axis fastest.
    pub tensors: Vec<(String, Vec<f32>)>,
    /// Loss and accuracy of every path, in the order of the space.
    pub paths: Vec<[f64; 2]>,
}

impl Kept {
    /// The bytes of a safetensors file, whose header has the options that it was made with.
    pub fn to_safetensors(&self, options: &Options) -> Vec<u8> {
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::with_capacity(self.tensors.len() + 1);
        for (name, values) in &self.tensors {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            tensors.push((name.clone(), Dtype::F32, vec![values.len()], bytes));
        }
        let paths = self.paths.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
        tensors.push((PATHS.into(), Dtype::F64, vec![self.paths.len(), 2], paths));
        let views = tensors.iter().map(|(name, kind, shape, bytes)| {
            let view = TensorView::new(*kind, shape.clone(), bytes).expect("as many values as the shape says");
            (name.as_str(), view)
        });
        let header = serde_json::to_string(options).expect("numbers are JSON");
        let metadata = [(KEY.to_string(), header)].into_iter().collect();
        safetensors::serialize(views, Some(metadata)).expect("names are unique and shapes fit their bytes")
    }

    /// The supernet of such bytes, which was made with `options`; its tensors are those of `names`, in that order.
    ///
    /// # Errors
    /// If these are no such bytes, or it was made with other options.
    pub(super) fn from_safetensors(bytes: &[u8], options: &Options, names: &[String]) -> Result<Self, String> {
        let broken = |error: safetensors::SafeTensorError| format!("not a file of safetensors: {error}");
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let header = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let header = header.ok_or("it is not the file of a supernet")?;
        let made: Options = serde_json::from_str(header).map_err(|error| format!("its options: {error}"))?;
        if made != *options {
            return Err(format!("it was made with other options: {header}"));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
        let data = |name: &str, kind: Dtype| {
            let tensor = tensors.tensor(name).map_err(|_| format!("tensor `{name}` is missing"))?;
            if tensor.dtype() == kind {
                Ok(tensor.data())
            } else {
                Err(format!("tensor `{name}` is {}", tensor.dtype()))
            }
        };
        let read = |name: &String| {
            let number = |word: &[u8]| f32::from_le_bytes([word[0], word[1], word[2], word[3]]);
            data(name, Dtype::F32).map(|data| (name.clone(), data.chunks_exact(4).map(number).collect()))
        };
        let number = |word: &[u8]| {
            let mut eight = [0; 8];
            eight.copy_from_slice(word);
            f64::from_le_bytes(eight)
        };
        let paths = data(PATHS, Dtype::F64)?.chunks_exact(16).map(|pair| [number(&pair[..8]), number(&pair[8..])]);
        Ok(Self { paths: paths.collect(), tensors: names.iter().map(read).collect::<Result<_, _>>()? })
    }
}
