//! Where networks are trained, as a specification names it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A device by name: `cpu`, `vulkan`, `vulkan:N`, `cuda` or `cuda:N`, N from 0, and in a browser `webgpu`.
///
/// It is part of a specification, since results on another device differ in their last bits. Whether a build has it and a
/// machine lends it is for `network::Device` to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceName {
    /// The processor: what every build has, bit for bit the same on every run.
    #[default]
    Cpu,
    /// A GPU by Vulkan (or Metal, or DirectX): the one that the system prefers, or its N-th discrete one.
    Vulkan(Option<usize>),
    /// An NVIDIA GPU by its number.
    Cuda(usize),
    /// The GPU that a browser lends.
    Webgpu,
}

/// The largest number of a device.
const LARGEST: usize = 255;

impl DeviceName {
    /// Whether it is the one that needs no mention.
    pub fn is_cpu(&self) -> bool {
        *self == Self::Cpu
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Vulkan(None) => f.write_str("vulkan"),
            Self::Vulkan(Some(number)) => write!(f, "vulkan:{number}"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::Webgpu => f.write_str("webgpu"),
        }
    }
}

impl FromStr for DeviceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = match text.split_once(':') {
            None => (text, None),
            Some((name, number)) => (name, Some(number)),
        };
        let number = number.map(|number| number.parse::<usize>().ok().filter(|number| *number <= LARGEST));
        match (name, number) {
            ("cpu", None) => Ok(Self::Cpu),
            ("vulkan", None) => Ok(Self::Vulkan(None)),
            ("vulkan", Some(Some(number))) => Ok(Self::Vulkan(Some(number))),
            ("cuda", None) => Ok(Self::Cuda(0)),
            ("cuda", Some(Some(number))) => Ok(Self::Cuda(number)),
            ("webgpu", None) => Ok(Self::Webgpu),
            _ => {
                let shown: String = text.chars().take(40).collect();
                Err(format!(
                    "a device is cpu, vulkan, vulkan:N, cuda or cuda:N with N from 0 to {LARGEST}, or a browser's webgpu, got \
                     `{shown}`"
                ))
            }
        }
    }
}

impl Serialize for DeviceName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeviceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for name in ["cpu", "vulkan", "vulkan:3", "cuda:0", "webgpu"] {
            assert_eq!(name.parse::<DeviceName>().unwrap().to_string(), name);
        }
        assert_eq!("cuda".parse(), Ok(DeviceName::Cuda(0)));
        for name in ["gpu", "cpu:0", "vulkan:", "cuda:-1", "cuda:1000", "webgpu:0", ""] {
            assert!(name.parse::<DeviceName>().unwrap_err().starts_with("a device is cpu, vulkan,"), "{name}");
        }
    }
}
