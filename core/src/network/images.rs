//! Labelled images of one size, a byte a value.

use sha2::{Digest, Sha256};

/// The most bytes that the pixels of one set of images may take: checked before anything is allocated.
pub const MOST_BYTES: usize = 2 << 30;
/// The most classes.
pub const MOST_CLASSES: usize = 1000;
/// The longest side of an image, in pixels.
pub const LONGEST_SIDE: usize = 4096;

/// The size of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// 1 for grey, 3 for colour; at most 4.
    pub channels: usize,
    /// Rows, in pixels.
    pub height: usize,
    /// Columns, in pixels.
    pub width: usize,
}

impl Shape {
    /// Values in an image: channels × height × width.
    pub fn values(&self) -> usize {
        self.channels * self.height * self.width
    }
}

/// Why there are no images.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImagesError {
    /// The size is out of range.
    #[error(
        "images of {} channels and {} × {} pixels; allowed are 1 to 4 channels and sides of 1 to {LONGEST_SIDE}",
        .0.channels, .0.height, .0.width
    )]
    Shape(Shape),
    /// The pixels would not fit the limit on memory.
    #[error(
        "{count} images of {} × {} × {} values take more than {} MiB; use fewer images or a lower resolution",
        .shape.channels, .shape.height, .shape.width, MOST_BYTES >> 20
    )]
    TooLarge {
        /// How many images.
        count: usize,
        /// Of which size.
        shape: Shape,
    },
    /// Pixels and labels do not belong together.
    #[error("{pixels} pixel values for {labels} labels; an image has {values} values")]
    Uneven {
        /// Pixel values given.
        pixels: usize,
        /// Labels given.
        labels: usize,
        /// Values in an image.
        values: usize,
    },
    /// The number of classes is out of range.
    #[error("{0} classes; a classifier needs 2 to {MOST_CLASSES}")]
    Classes(usize),
    /// A label that names no class.
    #[error("image {image} (counted from 0) has label {label}, and there are {classes} classes, 0 to {}", .classes - 1)]
    Label {
        /// Which image.
        image: usize,
        /// Its label.
        label: u16,
        /// How many classes there are.
        classes: usize,
    },
    /// More test images than images.
    #[error("{own_test} of {images} images are said to be test images")]
    OwnTest {
        /// Images of the data set's own test part.
        own_test: usize,
        /// Images in all.
        images: usize,
    },
}

/// Labelled images of one size. Where the data set has a test part of its own, those are the last images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    shape: Shape,
    /// `[image][channel][row][column]`.
    pixels: Vec<u8>,
    labels: Vec<u16>,
    classes: Vec<String>,
    own_test: usize,
}

impl Images {
    /// Images from their values `[image][channel][row][column]`, the class of each, the names of the classes, and how
    /// many of the last images are the data set's own test part (0 where it has none).
    ///
    /// # Errors
    /// If sizes, labels or counts do not fit together or break a limit of this module.
    pub fn new(
        shape: Shape,
        pixels: Vec<u8>,
        labels: Vec<u16>,
        classes: Vec<String>,
        own_test: usize,
    ) -> Result<Self, ImagesError> {
        let wanted = Self::bytes(shape, labels.len())?;
        if pixels.len() != wanted {
            let (pixels, labels, values) = (pixels.len(), labels.len(), shape.values());
            return Err(ImagesError::Uneven { pixels, labels, values });
        }
        if !(2..=MOST_CLASSES).contains(&classes.len()) {
            return Err(ImagesError::Classes(classes.len()));
        }
        if let Some(image) = labels.iter().position(|label| usize::from(*label) >= classes.len()) {
            return Err(ImagesError::Label { image, label: labels[image], classes: classes.len() });
        }
        if own_test > labels.len() {
            return Err(ImagesError::OwnTest { own_test, images: labels.len() });
        }
        Ok(Self { shape, pixels, labels, classes, own_test })
    }

    /// The bytes that `count` images of `shape` take; ask before allocating them.
    ///
    /// # Errors
    /// If the shape is out of range or the bytes are more than [`MOST_BYTES`].
    pub fn bytes(shape: Shape, count: usize) -> Result<usize, ImagesError> {
        let sides = 1..=LONGEST_SIDE;
        let inside = (1..=4).contains(&shape.channels) && sides.contains(&shape.height) && sides.contains(&shape.width);
        if !inside {
            return Err(ImagesError::Shape(shape));
        }
        let bytes = shape.values().checked_mul(count).filter(|bytes| *bytes <= MOST_BYTES);
        bytes.ok_or(ImagesError::TooLarge { count, shape })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The size of each.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The values of one, `[channel][row][column]`.
    pub fn pixels(&self, image: usize) -> &[u8] {
        let values = self.shape.values();
        &self.pixels[image * values..][..values]
    }

    /// The class of each.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many of the last images are the data set's own test part; 0 where it has none.
    pub fn own_test(&self) -> usize {
        self.own_test
    }

    /// The same images scaled to `side` × `side` pixels, as [`scale`] does it.
    ///
    /// # Errors
    /// If the result is out of range or breaks the limit on memory.
    pub fn resized(&self, side: usize) -> Result<Self, ImagesError> {
        let shape = Shape { height: side, width: side, ..self.shape };
        let mut pixels = Vec::with_capacity(Self::bytes(shape, self.len())?);
        for image in 0..self.len() {
            scale(self.pixels(image), self.shape, side, &mut pixels);
        }
        Ok(Self { shape, pixels, labels: self.labels.clone(), classes: self.classes.clone(), own_test: self.own_test })
    }

    /// SHA-256 of sizes, classes, labels and pixels, as 64 hexadecimal digits: says whether data changed.
    pub fn fingerprint(&self) -> String {
        let Self { shape, pixels, labels, classes, own_test } = self;
        let mut hash = Sha256::new();
        for number in [shape.channels, shape.height, shape.width, labels.len(), classes.len(), *own_test] {
            hash.update((number as u64).to_le_bytes());
        }
        for class in classes {
            hash.update((class.len() as u64).to_le_bytes());
            hash.update(class);
        }
        for label in labels {
            hash.update(label.to_le_bytes());
        }
        hash.update(pixels);
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Appends the image `pixels` of `shape`, scaled to `side` × `side`, to `to`, `[channel][row][column]`.
///
/// Each new pixel is the mean over the area that it covers, so that making larger repeats pixels. An image that is not
/// square is stretched.
///
/// # Panics
/// If `pixels` are not as many as `shape` says, or a side is 0.
pub fn scale(pixels: &[u8], shape: Shape, side: usize, to: &mut Vec<u8>) {
    assert_eq!(pixels.len(), shape.values(), "an image has as many values as its shape says");
    let (rows, columns) = (cover(shape.height, side), cover(shape.width, side));
    for plane in pixels.chunks_exact(shape.height * shape.width) {
        for row in &rows {
            for column in &columns {
                let mut sum = 0.0;
                for (y, down) in row {
                    for (x, across) in column {
                        sum += down * across * f64::from(plane[y * shape.width + x]);
                    }
                }
                to.push((sum + 0.5) as u8);
            }
        }
    }
}

/// For each of `new` pixels of a line, the old pixels that it covers, each with its share; shares sum to 1.
fn cover(old: usize, new: usize) -> Vec<Vec<(usize, f64)>> {
    // In units of 1/(old · new) of the line, where every border is a whole number.
    let covered = |pixel: usize| {
        let (from, to) = (pixel * old, (pixel + 1) * old);
        let touched = from / new..=(to - 1) / new;
        touched.map(|place| (place, (to.min((place + 1) * new) - from.max(place * new)) as f64 / old as f64)).collect()
    };
    (0..new).map(covered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(height: usize, width: usize, pixels: Vec<u8>) -> Images {
        let labels = vec![0; pixels.len() / (height * width)];
        let classes = vec!["a".into(), "b".into()];
        Images::new(Shape { channels: 1, height, width }, pixels, labels, classes, 0).unwrap()
    }

    #[test]
    fn halving_takes_the_mean_of_four() {
        let images = grey(2, 4, vec![0, 10, 100, 100, 20, 30, 200, 200]).resized(1).unwrap();
        assert_eq!(images.pixels(0), [83]);
        let images = grey(4, 4, (0..16).collect()).resized(2).unwrap();
        // Means 2.5, 4.5, 10.5, 12.5; halves go up.
        assert_eq!(images.pixels(0), [3, 5, 11, 13]);
    }

    #[test]
    fn resizing_keeps_a_constant_and_the_same_size() {
        let flat = grey(5, 7, vec![77; 35]).resized(4).unwrap();
        assert_eq!(flat.pixels(0), [77; 16]);
        let same = grey(3, 3, (0..9).collect());
        assert_eq!(same.resized(3).unwrap(), same);
        assert_eq!(grey(1, 1, vec![9]).resized(2).unwrap().pixels(0), [9; 4]);
    }

    #[test]
    fn what_does_not_fit_is_refused_in_words() {
        let shape = Shape { channels: 3, height: 256, width: 256 };
        let text = Images::bytes(shape, 60_000).unwrap_err().to_string();
        let wanted =
            "60000 images of 3 × 256 × 256 values take more than 2048 MiB; use fewer images or a lower resolution";
        assert_eq!(text, wanted);
        let shape = Shape { channels: 1, height: 2, width: 2 };
        let classes = || vec!["a".to_string(), "b".to_string()];
        let make =
            |pixels, labels, classes, own| Images::new(shape, pixels, labels, classes, own).unwrap_err().to_string();
        assert_eq!(make(vec![0; 7], vec![0, 1], classes(), 0), "7 pixel values for 2 labels; an image has 4 values");
        assert_eq!(make(vec![0; 4], vec![0], vec!["a".into()], 0), "1 classes; a classifier needs 2 to 1000");
        let label = "image 1 (counted from 0) has label 2, and there are 2 classes, 0 to 1";
        assert_eq!(make(vec![0; 8], vec![0, 2], classes(), 0), label);
        assert_eq!(make(vec![0; 4], vec![0], classes(), 2), "2 of 1 images are said to be test images");
        let none = Shape { channels: 1, height: 0, width: 2 };
        let text = Images::bytes(none, 1).unwrap_err().to_string();
        assert_eq!(text, "images of 1 channels and 0 × 2 pixels; allowed are 1 to 4 channels and sides of 1 to 4096");
    }

    #[test]
    fn the_fingerprint_follows_every_part() {
        let images = grey(2, 2, vec![1, 2, 3, 4]);
        assert_eq!(images.fingerprint().len(), 64);
        assert_eq!(images.fingerprint(), images.clone().fingerprint());
        let mut other = images.clone();
        other.labels[0] = 1;
        assert_ne!(images.fingerprint(), other.fingerprint());
        let mut other = images.clone();
        other.pixels[3] = 5;
        assert_ne!(images.fingerprint(), other.fingerprint());
        let mut other = images.clone();
        other.own_test = 1;
        assert_ne!(images.fingerprint(), other.fingerprint());
    }
}
