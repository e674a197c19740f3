//! The devices that this build has, and whether this machine lends them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::{Device, Tensor, TensorData};

use crate::objective::DeviceName;

/// Why there is no such device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The build lacks it.
    #[error("device `{name}` is not in this build; build with `{build}` (docs/devices.md)")]
    Feature {
        /// The device.
        name: DeviceName,
        /// The command that builds what has it.
        build: &'static str,
    },
    /// It is of another kind of place.
    #[error("device `webgpu` is that of a browser; here a GPU is `vulkan` or `cuda`")]
    Browser,
    /// The machine does not lend it.
    #[error("device `{name}` does not answer: {reason}")]
    Silent {
        /// The device.
        name: DeviceName,
        /// What the driver said, and what to look at.
        reason: String,
    },
}

/// The device of burn that a name stands for. One with kernels in WGSL is opened; others are not asked whether they answer.
///
/// # Errors
/// If the build lacks it, or it cannot be opened.
pub(super) fn of(name: DeviceName) -> Result<Device, DeviceError> {
    match name {
        // Named, not `Device::default()`: what the default is depends on the features of the whole build.
        #[cfg(feature = "cpu")]
        DeviceName::Cpu => Ok(Device::flex()),
        #[cfg(not(feature = "cpu"))]
        DeviceName::Cpu => Err(DeviceError::Feature { name, build: "cargo build --features cpu" }),
        #[cfg(feature = "wgpu")]
        DeviceName::Vulkan(number) => {
            wgpu::opened(number).map_err(|reason| DeviceError::Silent { name, reason: in_words(name, &reason) })
        }
        #[cfg(not(feature = "wgpu"))]
        DeviceName::Vulkan(_) => Err(DeviceError::Feature { name, build: "cargo build --release --features wgpu" }),
        #[cfg(feature = "cuda")]
        DeviceName::Cuda(number) => Ok(Device::cuda(number)),
        #[cfg(not(feature = "cuda"))]
        DeviceName::Cuda(_) => Err(DeviceError::Feature { name, build: "cargo xtask cuda" }),
        #[cfg(feature = "webgpu")]
        DeviceName::Webgpu => webgpu::opened().ok_or_else(|| DeviceError::Silent {
            name,
            reason: "it was not opened; `open_webgpu` has to end before anything is trained there".into(),
        }),
        #[cfg(not(feature = "webgpu"))]
        DeviceName::Webgpu => Err(DeviceError::Browser),
    }
}

#[cfg(feature = "webgpu")]
pub use webgpu::open as open_webgpu;

/// The GPU of a browser, which answers later and not at once.
#[cfg(feature = "webgpu")]
mod webgpu {
    use std::sync::{Mutex, PoisonError};

    use burn::tensor::Device;

    use super::{DeviceError, DeviceName};

    static OPENED: Mutex<Option<Device>> = Mutex::new(None);

    pub(super) fn opened() -> Option<Device> {
        OPENED.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens the device `webgpu`, once in the life of a module: burn refuses a second time, also after the device was lost.
    ///
    /// # Errors
    /// If there is no adapter, or it gives no device.
    pub async fn open() -> Result<(), DeviceError> {
        if opened().is_some() {
            return Ok(());
        }
        let device = Device::wgpu_options().init_async().await;
        let device =
            device.map_err(|error| DeviceError::Silent { name: DeviceName::Webgpu, reason: error.to_string() })?;
        *OPENED.lock().unwrap_or_else(PoisonError::into_inner) = Some(device);
        Ok(())
    }
}

/// Devices with kernels in WGSL, each on the one interface that its name promises.
#[cfg(feature = "wgpu")]
mod wgpu {
    use std::collections::BTreeMap;
    use std::sync::{Mutex, PoisonError};

    use burn::tensor::wgpu::{WgpuBackend, WgpuInitError};
    use burn::tensor::{Device, DeviceKind};

    /// Left to itself, wgpu takes OpenGL where no Vulkan driver is found, and a search of days runs on another device than
    /// the one that was asked for.
    const INTERFACE: WgpuBackend = if cfg!(target_vendor = "apple") { WgpuBackend::Metal } else { WgpuBackend::Vulkan };

    /// What became of the attempt to open each: burn opens a device once and refuses a second time.
    static OPENED: Mutex<BTreeMap<Option<usize>, Result<Device, String>>> = Mutex::new(BTreeMap::new());

    /// The discrete GPU of that number, or the one that the driver prefers.
    pub(super) fn opened(number: Option<usize>) -> Result<Device, String> {
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || {
            let kind = number.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu);
            let device = Device::wgpu_options().device_kind(kind).graphics_api(INTERFACE).init();
            device.map_err(|error| match (error, number) {
                // Its own words dump every field of every adapter.
                (WgpuInitError::AdapterUnavailable { .. }, Some(number)) => {
                    format!("there is no discrete GPU {number}")
                }
                (WgpuInitError::AdapterUnavailable { .. }, None) => "there is no adapter".into(),
                (error, _) => error.to_string(),
            })
        };
        opened.entry(number).or_insert_with(open).clone()
    }
}

/// Whether a device of burn's is the processor.
#[cfg(all(feature = "cpu", any(feature = "wgpu", feature = "cuda", feature = "webgpu")))]
pub(super) fn is_processor(device: &Device) -> bool {
    matches!(device.clone().without_autodiff().as_dispatch(), burn::backend::DispatchDevice::Flex(_))
}

/// A build for one kind of device knows it before it runs, so that what the other would do is not in it.
#[cfg(not(all(feature = "cpu", any(feature = "wgpu", feature = "cuda", feature = "webgpu"))))]
pub(super) fn is_processor(_: &Device) -> bool {
    cfg!(feature = "cpu")
}

/// The devices of this build, by their plain names.
pub fn devices() -> Vec<DeviceName> {
    let mut devices = Vec::new();
    if cfg!(feature = "cpu") {
        devices.push(DeviceName::Cpu);
    }
    if cfg!(feature = "wgpu") {
        devices.push(DeviceName::Vulkan(None));
    }
    if cfg!(feature = "cuda") {
        devices.push(DeviceName::Cuda(0));
    }
    if cfg!(feature = "webgpu") {
        devices.push(DeviceName::Webgpu);
    }
    devices
}

/// Has a device add two numbers. A driver that is missing can make burn panic, which is caught here; one that is broken can
/// end the process, so that whoever must go on asks in a process of its own.
///
/// # Errors
/// If the build lacks it, or it does not answer.
pub fn probe(name: DeviceName) -> Result<(), DeviceError> {
    let silent = |reason: &str| DeviceError::Silent { name, reason: in_words(name, reason) };
    let sum = catch_unwind(AssertUnwindSafe(|| {
        let device = of(name)?;
        let tensor: Tensor<1> = Tensor::from_data(TensorData::new(vec![1f32, 2.0], [2]), &device);
        (tensor.clone() + tensor).into_data().try_to_vec::<f32>().map_err(|error| silent(&format!("{error:?}")))
    }));
    match sum {
        Ok(Ok(sum)) if sum == [2.0, 4.0] => Ok(()),
        Ok(Ok(sum)) => Err(silent(&format!("1 + 1 and 2 + 2 are {sum:?} there"))),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(silent("its driver cannot be opened")),
    }
}

/// What a device said, and what to look at.
fn in_words(name: DeviceName, reason: &str) -> String {
    let remedy = match name {
        DeviceName::Cpu => "that cannot be",
        DeviceName::Vulkan(_) => "is there a Vulkan driver, and such an adapter (vulkaninfo)?",
        DeviceName::Cuda(_) => "is there an NVIDIA driver, and such a card (nvidia-smi)?",
        DeviceName::Webgpu => "does this browser have WebGPU, and an adapter?",
    };
    format!("{reason}; {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_known_with_and_without_gradients() {
        assert!(is_processor(&Device::flex()) && is_processor(&Device::flex().autodiff()));
    }

    #[test]
    fn the_cpu_answers_and_what_is_not_built_says_how_it_would_be() {
        assert_eq!(probe(DeviceName::Cpu), Ok(()));
        assert_eq!(devices()[0], DeviceName::Cpu);
        #[cfg(not(feature = "wgpu"))]
        assert_eq!(
            probe(DeviceName::Vulkan(None)).unwrap_err().to_string(),
            "device `vulkan` is not in this build; build with `cargo build --release --features wgpu` (docs/devices.md)"
        );
        let elsewhere = "device `webgpu` is that of a browser; here a GPU is `vulkan` or `cuda`";
        assert_eq!(probe(DeviceName::Webgpu).unwrap_err().to_string(), elsewhere);
    }
}
