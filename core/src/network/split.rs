//! Who learns from what: images for training, for validation, and for one test at the very end.

use std::sync::Arc;

use super::images::{Images, ImagesError, Shape};
use super::normalisation::Normalisation;
use crate::objective::Training;
use crate::random::Stream;

/// Why images cannot be divided as wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Scaling them failed.
    #[error(transparent)]
    Images(#[from] ImagesError),
    /// More images are wanted than there are.
    #[error("{wanted} {part} images are wanted and {left} are left; ask for fewer")]
    TooFew {
        /// `train`, `validation` or `test`.
        part: &'static str,
        /// How many are wanted.
        wanted: usize,
        /// How many are left.
        left: usize,
    },
    /// A part would be empty or too small.
    #[error("{images} images give {part} a part of {got}, and it needs at least {least}; more images are needed")]
    Empty {
        /// `train`, `validation` or `test`.
        part: &'static str,
        /// Images in all.
        images: usize,
        /// What the part would have.
        got: usize,
        /// What it needs.
        least: usize,
    },
    /// A class that training would never see.
    #[error("class `{class}` has no image among the {train} training images; give it more images or remove it")]
    Unseen {
        /// The name of the class.
        class: String,
        /// How many training images there are.
        train: usize,
    },
}

/// Some of the images; cheap to clone, since the images are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    shape: Shape,
    pixels: Arc<[u8]>,
    labels: Arc<[u16]>,
    /// The places that they had in [`Images`], in no order.
    places: Arc<[usize]>,
}

impl Part {
    fn new(images: &Images, places: &[usize]) -> Self {
        Self {
            shape: images.shape(),
            pixels: places.iter().flat_map(|place| images.pixels(*place)).copied().collect(),
            labels: places.iter().map(|place| images.labels()[*place]).collect(),
            places: places.into(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The class of each.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// The place that each had in [`Images`], in the order of this part.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// The values of one, `[channel][row][column]`.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn pixels(&self, image: usize) -> &[u8] {
        let values = self.shape.values();
        &self.pixels[image * values..][..values]
    }
}

/// Images in three parts that share none, and the normalisation that the training part alone decides. Cheap to clone: the
/// images are shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    shape: Shape,
    classes: Vec<String>,
    normalisation: Normalisation,
    train: Part,
    validation: Part,
    test: Part,
}

impl Split {
    /// Scales `images` to the resolution of `training` and divides them as it says, every part with the classes in the
    /// proportions of the whole, to within an image a class. A function of (images, training, seed).
    ///
    /// Test images come from the data set's own test part where it has one; the other parts never do.
    ///
    /// # Errors
    /// If there are too few images, or they cannot be scaled.
    pub fn new(images: &Images, training: &Training, seed: u64) -> Result<Self, SplitError> {
        let scaled = training.resolution.map(|side| images.resized(side)).transpose()?;
        let images = scaled.as_ref().unwrap_or(images);
        let own = images.len() - images.own_test();
        let mut rest = stratified(images, 0..own, seed);
        let mut own_test = stratified(images, own..images.len(), seed);
        let test = if own_test.is_empty() {
            let wanted = training.test_images.unwrap_or(rest.len() / 5);
            take("test", &mut rest, wanted)?
        } else {
            let wanted = training.test_images.unwrap_or(own_test.len());
            take("test", &mut own_test, wanted)?
        };
        let wanted = training.validation_images.unwrap_or(rest.len() / 2);
        let validation = take("validation", &mut rest, wanted)?;
        let wanted = training.train_images.unwrap_or(rest.len());
        let train = take("train", &mut rest, wanted)?;
        // Two: batch normalisation has no variance of one image.
        for (part, got, least) in
            [("train", train.len(), 2), ("validation", validation.len(), 1), ("test", test.len(), 1)]
        {
            if got < least {
                return Err(SplitError::Empty { part, images: images.len(), got, least });
            }
        }
        let train = Part::new(images, &train);
        let mut seen = vec![false; images.classes().len()];
        train.labels.iter().for_each(|label| seen[usize::from(*label)] = true);
        if let Some(class) = seen.iter().position(|seen| !seen) {
            return Err(SplitError::Unseen { class: images.classes()[class].clone(), train: train.len() });
        }
        Ok(Self {
            shape: images.shape(),
            classes: images.classes().to_vec(),
            normalisation: Normalisation::of(&train.pixels, images.shape()),
            train,
            validation: Part::new(images, &validation),
            test: Part::new(images, &test),
        })
    }

    /// The size of an image.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// What is done to a value before a network sees it.
    pub fn normalisation(&self) -> &Normalisation {
        &self.normalisation
    }

    /// The images that weights are trained on.
    pub fn train(&self) -> &Part {
        &self.train
    }

    /// The images that architectures are compared on.
    pub fn validation(&self) -> &Part {
        &self.validation
    }

    /// How many test images there are; says nothing about them.
    pub fn test_images(&self) -> usize {
        self.test.len()
    }

    /// The images for the one test at the end. The only way to them: whoever calls it has chosen, and chooses no more.
    pub fn test_after_the_choice_is_made(&self) -> &Part {
        &self.test
    }
}

/// The places in `range` in an order of which every beginning has the classes in the proportions of the whole, to
/// within one image of each; among images of a class, every order is equally likely.
fn stratified(images: &Images, range: std::ops::Range<usize>, seed: u64) -> Vec<usize> {
    let mut by_class = vec![Vec::new(); images.classes().len()];
    for place in range {
        by_class[usize::from(images.labels()[place])].push(place);
    }
    let mut order: Vec<(f64, usize, usize)> = Vec::new();
    for (class, places) in by_class.iter_mut().enumerate() {
        Stream::new(seed, "split", class as u64).shuffle(places);
        let count = places.len() as f64;
        // The middle of the i-th of `count` equal pieces of [0, 1].
        order.extend(places.iter().enumerate().map(|(i, place)| ((i as f64 + 0.5) / count, class, *place)));
    }
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.into_iter().map(|(_, _, place)| place).collect()
}

/// Takes the first `wanted` of `from` away.
fn take(part: &'static str, from: &mut Vec<usize>, wanted: usize) -> Result<Vec<usize>, SplitError> {
    if wanted > from.len() {
        return Err(SplitError::TooFew { part, wanted, left: from.len() });
    }
    let rest = from.split_off(wanted);
    Ok(std::mem::replace(from, rest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::digits::digits;
    use super::*;

    fn set(part: &Part) -> BTreeSet<usize> {
        part.places().iter().copied().collect()
    }

    /// 40 images of 1 × 1 pixel whose value is their place, 4 classes in turn, the last 10 an own test part.
    fn numbered() -> Images {
        let classes = (0..4).map(|class| class.to_string()).collect();
        let shape = Shape { channels: 1, height: 1, width: 1 };
        Images::new(shape, (0..40).collect(), (0..40).map(|i| i % 4).collect(), classes, 10).unwrap()
    }

    #[test]
    fn the_parts_share_no_image_and_lose_none() {
        let split = Split::new(&digits(), &Training::default(), 3).unwrap();
        let (train, validation, test) = (set(&split.train), set(&split.validation), set(&split.test));
        assert_eq!((train.len(), validation.len(), test.len()), (719, 719, 359));
        assert!(train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test));
        assert_eq!(train.len() + validation.len() + test.len(), 1797);
    }

    #[test]
    fn every_part_has_the_classes_in_proportion() {
        let images = digits();
        let split = Split::new(&images, &Training::default(), 3).unwrap();
        for part in [&split.train, &split.validation, &split.test] {
            for class in 0..10u16 {
                let whole = images.labels().iter().filter(|label| **label == class).count() as f64;
                let wanted = whole * part.len() as f64 / images.len() as f64;
                let got = part.labels().iter().filter(|label| **label == class).count() as f64;
                // To within an image at each end of the part.
                assert!((got - wanted).abs() <= 2.0, "class {class}: {got} of {wanted}");
            }
        }
    }

    #[test]
    fn the_own_test_part_never_trains() {
        for seed in 0..20 {
            let split = Split::new(&numbered(), &Training::default(), seed).unwrap();
            assert_eq!(set(&split.test), (30..40).collect());
            assert!(split.train.places().iter().chain(split.validation.places()).all(|place| *place < 30));
            // The pixels are the places: what is trained on is what the places say.
            assert!((0..split.train.len()).all(|i| usize::from(split.train.pixels(i)[0]) == split.train.places()[i]));
        }
    }

    #[test]
    fn the_seed_decides_and_nothing_else() {
        let training = Training { train_images: Some(8), validation_images: Some(4), ..Training::default() };
        let split = |seed| Split::new(&numbered(), &training, seed).unwrap();
        assert_eq!(split(1), split(1));
        assert_ne!(split(1).train.places(), split(2).train.places());
        assert_eq!((split(1).train.len(), split(1).validation.len(), split(1).test_images()), (8, 4, 10));
    }

    #[test]
    fn the_normalisation_knows_the_training_part_alone() {
        let training = Training { train_images: Some(4), ..Training::default() };
        let split = Split::new(&numbered(), &training, 1).unwrap();
        let mean = split.train.pixels.iter().map(|value| f64::from(*value)).sum::<f64>() / 4.0;
        assert_eq!(split.normalisation.mean[0], (mean / 255.0) as f32);
    }

    #[test]
    fn too_few_images_are_an_error_with_numbers() {
        let error = |training: Training| Split::new(&numbered(), &training, 1).unwrap_err().to_string();
        let base = Training::default;
        let text = error(Training { test_images: Some(11), ..base() });
        assert_eq!(text, "11 test images are wanted and 10 are left; ask for fewer");
        let text = error(Training { validation_images: Some(20), train_images: Some(11), ..base() });
        assert_eq!(text, "11 train images are wanted and 10 are left; ask for fewer");
        let text = error(Training { validation_images: Some(30), ..base() });
        assert_eq!(text, "40 images give train a part of 0, and it needs at least 2; more images are needed");
        let text = error(Training { validation_images: Some(27), ..base() });
        assert!(text.starts_with("class `"), "{text}");
        assert!(
            text.ends_with("` has no image among the 3 training images; give it more images or remove it"),
            "{text}"
        );
    }
}
