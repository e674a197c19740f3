//! The binary version of CIFAR-10: records of a label and 3 planes of 32 × 32 pixels, red, green, blue.
//!
//! # Source
//! Krizhevsky 2009; "The CIFAR-10 dataset", section on the binary version.

use super::super::images::Shape;
use super::FormatError;

/// The size of an image.
pub const CIFAR_SHAPE: Shape = Shape { channels: 3, height: 32, width: 32 };

/// The classes, in the order of the labels.
pub const CIFAR_CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The labels of a batch file, and its pixels `[image][channel][row][column]`.
///
/// # Errors
/// If the length is no whole number of records, or a label is no class.
pub fn cifar10(bytes: &[u8]) -> Result<(Vec<u16>, Vec<u8>), FormatError> {
    let fail = |offset: usize, reason: String| FormatError { format: "a batch of CIFAR-10", offset, reason };
    let record = 1 + CIFAR_SHAPE.values();
    if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
        return Err(fail(bytes.len(), format!("it ends, and every record has {record} bytes")));
    }
    let mut labels = Vec::with_capacity(bytes.len() / record);
    let mut pixels = Vec::with_capacity(bytes.len());
    for (index, image) in bytes.chunks_exact(record).enumerate() {
        if usize::from(image[0]) >= CIFAR_CLASSES.len() {
            return Err(fail(index * record, format!("label {} is none of 0 to 9", image[0])));
        }
        labels.push(u16::from(image[0]));
        pixels.extend_from_slice(&image[1..]);
    }
    Ok((labels, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_errors_have_a_place() {
        let mut bytes = vec![0; 2 * 3073];
        bytes[0] = 3;
        bytes[1] = 77;
        bytes[3073] = 9;
        let (labels, pixels) = cifar10(&bytes).unwrap();
        assert_eq!((labels, pixels.len(), pixels[0]), (vec![3, 9], 2 * 3072, 77));
        bytes[3073] = 10;
        let text = cifar10(&bytes).unwrap_err().to_string();
        assert_eq!(text, "not a batch of CIFAR-10: at byte 3073, label 10 is none of 0 to 9");
        let text = cifar10(&bytes[..100]).unwrap_err().to_string();
        assert_eq!(text, "not a batch of CIFAR-10: at byte 100, it ends, and every record has 3073 bytes");
    }
}
