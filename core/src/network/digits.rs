//! The optical digits of Alpaydin and Kaynak (1998), built in: `core/data/README.md` has source and licence.

use super::images::{Images, Shape};

const COUNT: usize = 1797;
const SIDE: usize = 8;
/// The pixels count dark points in squares of 4 × 4: 0 to 16.
const LARGEST: u8 = 16;

/// 1,797 hand-written digits of 8 × 8 pixels, grey, 10 classes; no test part of its own.
///
/// # Panics
/// Never: the data is part of the program, and a test decodes it.
pub fn digits() -> Images {
    let packed = include_bytes!("../../data/digits.bin");
    let plain = miniz_oxide::inflate::decompress_to_vec(packed).expect("digits.bin is a deflate stream");
    let (labels, pixels) = plain.split_at(COUNT);
    let stretch = |value: &u8| (u16::from((*value).min(LARGEST)) * 255 / u16::from(LARGEST)) as u8;
    let classes = (0..10).map(|digit| digit.to_string()).collect();
    Images::new(
        Shape { channels: 1, height: SIDE, width: SIDE },
        pixels.iter().map(stretch).collect(),
        labels.iter().map(|label| u16::from(*label)).collect(),
        classes,
        0,
    )
    .expect("digits.bin holds 1,797 labels from 0 to 9 and as many images of 64 pixels")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_those_of_the_source() {
        let images = digits();
        assert_eq!(images.len(), COUNT);
        assert_eq!(images.labels()[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        // The first row of the first image in digits.csv is 0, 0, 5, 13, 9, 1, 0, 0.
        assert_eq!(images.pixels(0)[..8], [0, 0, 79, 207, 143, 15, 0, 0]);
        let mut counts = [0; 10];
        images.labels().iter().for_each(|label| counts[usize::from(*label)] += 1);
        // The counts that scikit-learn's load_digits documents.
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }
}
