//! MNIST and its followers: four IDX files in a folder, plain or packed by gzip.

use std::path::Path;

use bilevel::network::formats::{idx_images, idx_labels};
use bilevel::network::{Images, Shape};

use super::DataError;
use super::file::read_any;

/// The classes of MNIST.
pub(super) const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// The classes of Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, table 2).
pub(super) const GARMENTS: [&str; 10] =
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

/// The images of `folder`; the files `t10k-…` are the test part.
pub(super) fn load(folder: &Path, classes: &[&str], remedy: &str) -> Result<Images, DataError> {
    let (shape, mut pixels, mut labels) = part(folder, "train", remedy)?;
    let (test_shape, test_pixels, test_labels) = part(folder, "t10k", remedy)?;
    if test_shape != shape {
        let size = |shape: Shape| format!("{} × {}", shape.height, shape.width);
        let reason = format!("images for training are {}, for the test {}", size(shape), size(test_shape));
        return Err(DataError::at(folder, reason));
    }
    let own_test = test_labels.len();
    pixels.extend(test_pixels);
    labels.extend(test_labels);
    let classes = classes.iter().map(|class| (*class).into()).collect();
    Images::new(shape, pixels, labels, classes, own_test).map_err(|error| DataError::at(folder, error))
}

/// Size, pixels and labels of `train` or `t10k`.
fn part(folder: &Path, part: &str, remedy: &str) -> Result<(Shape, Vec<u8>, Vec<u16>), DataError> {
    // The dot is from copies that were unpacked under Windows.
    let names = [format!("{part}-images-idx3-ubyte"), format!("{part}-images.idx3-ubyte")];
    let (path, bytes) = read_any(folder, &names.each_ref().map(String::as_str), remedy)?;
    let images = idx_images(&bytes).map_err(|error| DataError::at(&path, error))?;
    let shape = Shape { channels: 1, height: images.height, width: images.width };
    let (count, pixels) = (images.count, images.pixels.to_vec());
    let names = [format!("{part}-labels-idx1-ubyte"), format!("{part}-labels.idx1-ubyte")];
    let (path, bytes) = read_any(folder, &names.each_ref().map(String::as_str), remedy)?;
    let labels = idx_labels(&bytes).map_err(|error| DataError::at(&path, error))?;
    if labels.len() != count {
        return Err(DataError::at(&path, format!("{} labels for {count} images", labels.len())));
    }
    Ok((shape, pixels, labels.iter().map(|label| u16::from(*label)).collect()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn images(count: u8) -> Vec<u8> {
        let header = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2];
        [header.as_slice(), &vec![count; 4 * usize::from(count)]].concat()
    }

    fn labels(labels: &[u8]) -> Vec<u8> {
        [&[0, 0, 8, 1, 0, 0, 0, labels.len() as u8], labels].concat()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_and_packed_files_are_read_and_what_is_wrong_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let load = || load(folder.path(), &DIGITS, "get them");
        let error = || load().unwrap_err().to_string();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        let wanted = "the folder has no file train-images-idx3-ubyte or train-images-idx3-ubyte.gz; get them";
        assert!(error().ends_with(wanted), "{}", error());
        write("train-images-idx3-ubyte", &images(3));
        write("train-labels-idx1-ubyte.gz", &packed(&labels(&[4, 9])));
        write("t10k-images.idx3-ubyte", &images(1));
        write("t10k-labels-idx1-ubyte", &labels(&[2]));
        assert!(error().ends_with("train-labels-idx1-ubyte.gz`: 2 labels for 3 images"), "{}", error());
        write("train-labels-idx1-ubyte.gz", &packed(&labels(&[4, 9, 0])));
        let images = load().unwrap();
        assert_eq!((images.len(), images.own_test(), images.labels()), (4, 1, [4, 9, 0, 2].as_slice()));
        assert_eq!((images.pixels(0), images.pixels(3)), ([3; 4].as_slice(), [1; 4].as_slice()));
        write("t10k-labels-idx1-ubyte", &labels(&[12]));
        assert!(error().contains("has label 12, and there are 10 classes"), "{}", error());
        write("t10k-labels-idx1-ubyte", b"\x1f\x8bnonsense");
        assert!(error().contains("t10k-labels-idx1-ubyte`: not an IDX file of labels: at byte 0"), "{}", error());
        write("train-labels-idx1-ubyte.gz", b"nonsense");
        assert!(error().contains("train-labels-idx1-ubyte.gz`: cannot be read: "), "{}", error());
        let missing = super::load(Path::new("no/such"), &DIGITS, "get them").unwrap_err().to_string();
        assert_eq!(missing, "`no/such`: there is no such folder; get them");
    }
}
