//! The devices that this build has, and whether this machine lends them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::{Device, Tensor, TensorData};

use crate::objective::DeviceName;

/// Why there is no such device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The build lacks it.
    #[error("device `{name}` is not in this build; build with `--features {feature}`")]
    Feature {
        /// The device.
        name: DeviceName,
        /// The feature of cargo that has it.
        feature: &'static str,
    },
    /// The machine does not lend it.
    #[error("device `{name}` does not answer: {reason}")]
    Silent {
        /// The device.
        name: DeviceName,
        /// What the driver said, and what to look at.
        reason: String,
    },
}

/// The device of burn that a name stands for; it is not asked whether it answers.
///
/// # Errors
/// If the build lacks it.
pub(super) fn of(name: DeviceName) -> Result<Device, DeviceError> {
    match name {
        // Named, not `Device::default()`: what the default is depends on the features of the whole build.
        DeviceName::Cpu => Ok(Device::flex()),
        #[cfg(feature = "wgpu")]
        DeviceName::Vulkan(number) => {
            use burn::tensor::DeviceKind;
            Ok(Device::wgpu(number.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu)))
        }
        #[cfg(not(feature = "wgpu"))]
        DeviceName::Vulkan(_) => Err(DeviceError::Feature { name, feature: "wgpu" }),
        #[cfg(feature = "cuda")]
        DeviceName::Cuda(number) => Ok(Device::cuda(number)),
        #[cfg(not(feature = "cuda"))]
        DeviceName::Cuda(_) => Err(DeviceError::Feature { name, feature: "cuda" }),
    }
}

/// The devices of this build, by their plain names.
pub fn devices() -> Vec<DeviceName> {
    let all = [DeviceName::Cpu, DeviceName::Vulkan(None), DeviceName::Cuda(0)];
    all.into_iter().filter(|name| of(*name).is_ok()).collect()
}

/// Has a device add two numbers. A driver that is missing makes burn panic, which is caught here; one that is broken can
/// end the process, so that whoever must go on asks in a process of its own.
///
/// # Errors
/// If the build lacks it, or it does not answer.
pub fn probe(name: DeviceName) -> Result<(), DeviceError> {
    let device = of(name)?;
    let remedy = match name {
        DeviceName::Cpu => "that cannot be",
        DeviceName::Vulkan(_) => "is there a Vulkan driver, and such an adapter (vulkaninfo)?",
        DeviceName::Cuda(_) => "is there an NVIDIA driver, and such a card (nvidia-smi)?",
    };
    let sum = catch_unwind(AssertUnwindSafe(|| {
        let tensor: Tensor<1> = Tensor::from_data(TensorData::new(vec![1f32, 2.0], [2]), &device);
        (tensor.clone() + tensor).into_data().try_to_vec::<f32>().map_err(|error| format!("{error:?}"))
    }));
    let reason = match sum {
        Ok(Ok(sum)) if sum == [2.0, 4.0] => return Ok(()),
        Ok(Ok(sum)) => format!("1 + 1 and 2 + 2 are {sum:?} there"),
        Ok(Err(error)) => error,
        Err(_) => "its driver cannot be opened".into(),
    };
    Err(DeviceError::Silent { name, reason: format!("{reason}; {remedy}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_answers_and_what_is_not_built_says_how_it_would_be() {
        assert_eq!(probe(DeviceName::Cpu), Ok(()));
        assert_eq!(devices()[0], DeviceName::Cpu);
        #[cfg(not(feature = "wgpu"))]
        assert_eq!(
            probe(DeviceName::Vulkan(None)).unwrap_err().to_string(),
            "device `vulkan` is not in this build; build with `--features wgpu`"
        );
    }
}
