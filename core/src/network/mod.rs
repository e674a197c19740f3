//! Networks that are really trained, on burn: the only place where burn is named.
//!
//! [`Images`] are divided by a [`Split`], [`train`] makes a [`Trained`] network of an architecture, and
//! [`TrainedNetwork`] is the objective that a search asks. Here as everywhere in the core there is no clock and no
//! file: images arrive as bytes, weights leave as bytes.
//!
//! ```
//! use bilevel::network::{Split, digits, train};
//! use bilevel::objective::Training;
//! use bilevel::space::{Cells, Space};
//!
//! let training = Training { channels: 2, epochs: 1, train_images: Some(200), ..Training::default() };
//! let split = Split::new(&digits(), &training, 7).unwrap();
//! let space = Space::named("nas-bench-201").unwrap();
//! let cell = space.parse("|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|").unwrap();
//! let cells = Cells::of(&space).unwrap();
//! let trained = train(&cells, &cell, &training, &split, 7, &()).unwrap();
//! assert!(trained.score(split.validation()).accuracy >= 0.0);
//! ```

#[cfg(feature = "cpu")]
mod agreement;
mod batch;
mod batch_norm;
mod blueprint;
mod body;
mod cell;
mod convolution;
mod cost;
mod device;
mod digits;
mod edge;
mod factorised;
pub mod formats;
mod images;
mod kept;
mod layer;
mod layers;
mod memory;
mod mix;
mod normalisation;
mod objective;
mod pool;
mod reading;
mod reduction;
mod separable;
mod shared;
mod split;
#[cfg(feature = "cpu")]
mod spread;
mod state;
mod style;
mod supernet;
#[cfg(test)]
mod tensors;
mod total;
mod train;
mod trained;
mod trainer;
mod weights;

#[cfg(feature = "cpu")]
pub use agreement::{Agreement, AgreementError, PartDifference, agreement, part_differences};
pub use blueprint::{Blueprint, BlueprintError, MOST_TRAINING_BYTES};
#[cfg(feature = "webgpu")]
pub use device::open_webgpu;
pub use device::{DeviceError, devices, probe};
pub use digits::digits;
pub use images::{Images, ImagesError, LONGEST_SIDE, MOST_BYTES, MOST_CLASSES, Shape, scale};
pub use normalisation::Normalisation;
pub use objective::TrainedNetwork;
pub use reading::Lost;
pub use shared::SharedWeights;
pub use split::{Part, Split, SplitError};
pub use supernet::{Kept, Made, Progress, Supernet};
pub use train::{Epoch, TrainError, Watch, train};
pub use trained::{Score, Trained};
pub use trainer::{Step, Trainer};
pub use weights::WeightsError;
