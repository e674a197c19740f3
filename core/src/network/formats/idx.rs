//! IDX, the format of MNIST and its followers: a magic number, the size of each axis, then the values, a byte each.
//!
//! # Source
//! LeCun, Cortes and Burges, "The MNIST database of handwritten digits", section on file formats.

use super::FormatError;

/// Grey images in an IDX file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdxImages<'a> {
    /// How many.
    pub count: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// `[count][height][width]`.
    pub pixels: &'a [u8],
}

/// The images of an IDX file of three axes.
///
/// # Errors
/// If the magic number is another or the length does not fit the sizes.
pub fn idx_images(bytes: &[u8]) -> Result<IdxImages<'_>, FormatError> {
    let ([count, height, width], pixels) = parse("an IDX file of images", bytes)?;
    Ok(IdxImages { count, height, width, pixels })
}

/// The labels of an IDX file of one axis.
///
/// # Errors
/// If the magic number is another or the length does not fit the size.
pub fn idx_labels(bytes: &[u8]) -> Result<&[u8], FormatError> {
    let ([_], labels) = parse("an IDX file of labels", bytes)?;
    Ok(labels)
}

/// The sizes of `AXES` axes, and the values.
fn parse<'a, const AXES: usize>(
    format: &'static str,
    bytes: &'a [u8],
) -> Result<([usize; AXES], &'a [u8]), FormatError> {
    let fail = |offset: usize, reason: String| FormatError { format, offset, reason };
    // Two zeros, 8 for unsigned bytes, the number of axes.
    let magic = [0, 0, 8, AXES as u8];
    let header = 4 + 4 * AXES;
    if bytes.len() < header {
        return Err(fail(bytes.len(), format!("it ends, and the header has {header} bytes")));
    }
    if bytes[..4] != magic {
        let hint = if bytes[..2] == [0x1f, 0x8b] { "; it is compressed by gzip" } else { "" };
        return Err(fail(0, format!("the magic number is {:02x?}, not {magic:02x?}{hint}", &bytes[..4])));
    }
    let mut sizes = [0; AXES];
    for (size, word) in sizes.iter_mut().zip(bytes[4..header].chunks_exact(4)) {
        *size = u32::from_be_bytes([word[0], word[1], word[2], word[3]]) as usize;
    }
    let wanted = sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
    if wanted != Some(bytes.len() - header) {
        let reason = format!("the axes are {sizes:?}, and {} values follow", bytes.len() - header);
        return Err(fail(4, reason));
    }
    Ok((sizes, &bytes[header..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_values_are_read() {
        let images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
        let read = idx_images(&images).unwrap();
        assert_eq!(read, IdxImages { count: 2, height: 1, width: 3, pixels: &[1, 2, 3, 4, 5, 6] });
        assert_eq!(idx_labels(&[0, 0, 8, 1, 0, 0, 0, 2, 9, 7]).unwrap(), [9, 7]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let error = |bytes: &[u8]| idx_labels(bytes).unwrap_err().to_string();
        assert_eq!(error(&[]), "not an IDX file of labels: at byte 0, it ends, and the header has 8 bytes");
        let text = error(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
        let wanted = "at byte 0, the magic number is [1f, 8b, 08, 00], not [00, 00, 08, 01]; it is compressed by gzip";
        assert!(text.ends_with(wanted), "{text}");
        assert!(error(&[0, 0, 8, 1, 0, 0, 0, 3, 1]).ends_with("at byte 4, the axes are [3], and 1 values follow"));
        // Sizes whose product overflows are no reason to panic.
        let huge = [[0, 0, 8, 3].as_slice(), &[255; 12]].concat();
        assert!(idx_images(&huge).unwrap_err().to_string().contains("0 values follow"));
    }
}
