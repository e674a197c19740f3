//! A user's own images: one folder a class, in the folder itself or in its subfolders `train` and `test`.

use std::fs;
use std::path::{Path, PathBuf};

use bilevel::network::{Images, MOST_CLASSES, Shape, scale};
use image::{ImageDecoder, ImageReader};

use super::DataError;

/// The endings of image files, in small letters.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];
/// The longest side of a picture that is decoded, before it is scaled.
const LONGEST_PICTURE: u32 = 16_384;

/// The images of `folder`, scaled to `resolution` × `resolution` pixels; without one they all have to be of one size.
///
/// They are read as grey where every one of them is grey, else as red, green and blue. Classes and images are in the
/// order of their names.
pub(super) fn load(folder: &Path, resolution: Option<usize>) -> Result<Images, DataError> {
    let (train, test) = (folder.join("train"), folder.join("test"));
    let divided = train.is_dir() && test.is_dir();
    let classes = classes(if divided { &train } else { folder })?;
    let mut pictures = pictures(if divided { &train } else { folder }, &classes)?;
    let before = pictures.len();
    if divided {
        for class in self::classes(&test)? {
            if classes.binary_search(&class).is_err() {
                return Err(DataError::at(&test, format!("class `{class}` is not among the classes of `train`")));
            }
        }
        pictures.extend(self::pictures(&test, &classes)?);
    }
    let shape = shape(folder, &pictures, resolution)?;
    let bytes = Images::bytes(shape, pictures.len()).map_err(|error| DataError::at(folder, error))?;
    let mut pixels = Vec::with_capacity(bytes);
    for (path, _) in &pictures {
        decode(path, shape, resolution, &mut pixels)?;
    }
    let labels = pictures.iter().map(|(_, label)| *label).collect();
    let own_test = pictures.len() - before;
    Images::new(shape, pixels, labels, classes, own_test).map_err(|error| DataError::at(folder, error))
}

/// The names of the folders in `folder`, in order.
fn classes(folder: &Path) -> Result<Vec<String>, DataError> {
    let mut names = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        names.push(name(&path)?);
    }
    if !(2..=MOST_CLASSES).contains(&names.len()) {
        let reason = format!(
            "has {} folders, and a classifier needs 2 to {MOST_CLASSES} classes; put the images of each class in a \
             folder of its own",
            names.len()
        );
        return Err(DataError::at(folder, reason));
    }
    Ok(names)
}

/// The image files of the classes with their labels, in order.
fn pictures(folder: &Path, classes: &[String]) -> Result<Vec<(PathBuf, u16)>, DataError> {
    let mut pictures = Vec::new();
    for (label, class) in classes.iter().enumerate() {
        let folder = folder.join(class);
        if !folder.is_dir() {
            // A test part may lack a class.
            continue;
        }
        let before = pictures.len();
        for path in entries(&folder)? {
            let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
            if path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
                pictures.push((path, label as u16));
            }
        }
        if pictures.len() == before {
            return Err(DataError::at(&folder, "has no PNG or JPEG image; add some or remove the folder"));
        }
    }
    Ok(pictures)
}

/// What is in `folder` and not hidden, in order.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let broken = |error: std::io::Error| DataError::at(folder, format!("cannot be read as a folder: {error}"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> Result<String, DataError> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| DataError::at(path, "the name of a class has to be UTF-8; rename the folder"))
}

/// The size of the images to be, from the heads of all files: nothing is decoded yet.
fn shape(folder: &Path, pictures: &[(PathBuf, u16)], resolution: Option<usize>) -> Result<Shape, DataError> {
    let mut channels = 1;
    let mut size = None;
    for (path, _) in pictures {
        let decoder = reader(path)?.into_decoder().map_err(|error| broken(path, &error))?;
        if decoder.color_type().has_color() {
            channels = 3;
        }
        let (width, height) = decoder.dimensions();
        match size {
            None => size = Some((width, height)),
            Some((first_width, first_height))
                if resolution.is_none() && (width, height) != (first_width, first_height) =>
            {
                let reason = format!(
                    "is {width} × {height} pixels and images before it are {first_width} × {first_height}; set \
                     `resolution` to scale all to one size"
                );
                return Err(DataError::at(path, reason));
            }
            Some(_) => {}
        }
    }
    let (width, height) = size.ok_or_else(|| DataError::at(folder, "has no image"))?;
    let side = |side: u32| resolution.unwrap_or(side as usize);
    Ok(Shape { channels, height: side(height), width: side(width) })
}

/// Appends one image to `pixels`, `[channel][row][column]`.
fn decode(path: &Path, shape: Shape, resolution: Option<usize>, pixels: &mut Vec<u8>) -> Result<(), DataError> {
    let picture = reader(path)?.decode().map_err(|error| broken(path, &error))?;
    let (height, width) = (picture.height() as usize, picture.width() as usize);
    let own = Shape { height, width, ..shape };
    let plain = if shape.channels == 1 { picture.into_luma8().into_raw() } else { picture.into_rgb8().into_raw() };
    let mut planes = Vec::with_capacity(own.values());
    for channel in 0..own.channels {
        planes.extend(plain.iter().skip(channel).step_by(own.channels));
    }
    match resolution {
        Some(side) => scale(&planes, own, side, pixels),
        None if own == shape => pixels.extend(planes),
        None => return Err(DataError::at(path, "changed while it was read; try again")),
    }
    Ok(())
}

/// A reader that goes by the content of the file, not by its name, with limits on what it may allocate.
fn reader(path: &Path) -> Result<ImageReader<std::io::BufReader<fs::File>>, DataError> {
    let open = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let mut reader = open.map_err(|error| DataError::at(path, format!("cannot be read: {error}")))?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST_PICTURE);
    limits.max_image_height = Some(LONGEST_PICTURE);
    reader.limits(limits);
    Ok(reader)
}

fn broken(path: &Path, error: &image::ImageError) -> DataError {
    DataError::at(path, format!("is no sound PNG or JPEG image: {error}; replace or remove it"))
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;

    fn grey(folder: &Path, name: &str, side: u32, value: u8) {
        fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        GrayImage::from_pixel(side, side, Luma([value])).save(folder.join(name)).unwrap();
    }

    #[test]
    fn classes_are_folders_and_order_is_that_of_names() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        grey(folder, "dog/b.png", 8, 2);
        grey(folder, "dog/a.png", 8, 1);
        grey(folder, "cat/x.PNG", 8, 3);
        fs::write(folder.join("dog/notes.txt"), "no image").unwrap();
        fs::write(folder.join("dog/.hidden.png"), "no image").unwrap();
        let images = load(folder, None).unwrap();
        assert_eq!(
            (images.classes(), images.labels()),
            (["cat".into(), "dog".into()].as_slice(), [0, 1, 1].as_slice())
        );
        let first: Vec<u8> = (0..3).map(|image| images.pixels(image)[0]).collect();
        assert_eq!((first, images.shape().channels, images.own_test()), (vec![3, 1, 2], 1, 0));

        // One image in colour makes all of them colour.
        RgbImage::from_pixel(8, 8, Rgb([9, 8, 7])).save(folder.join("cat/y.png")).unwrap();
        let images = load(folder, None).unwrap();
        assert_eq!((images.shape().channels, images.pixels(1)[0], images.pixels(1)[64]), (3, 9, 8));
    }

    #[test]
    fn an_own_test_part_stays_apart() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (name, value) in [("train/a/1.png", 1), ("train/b/1.png", 2), ("test/a/1.png", 3), ("test/b/1.png", 4)] {
            grey(folder, name, 4, value);
        }
        let images = load(folder, None).unwrap();
        assert_eq!((images.len(), images.own_test(), images.pixels(3)[0]), (4, 2, 4));
        grey(folder, "test/c/1.png", 4, 0);
        let text = load(folder, None).unwrap_err().to_string();
        assert!(text.ends_with("test`: class `c` is not among the classes of `train`"), "{text}");
    }

    #[test]
    fn what_is_wrong_names_the_file() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        let error = |resolution| load(folder, resolution).unwrap_err().to_string();
        assert!(error(None).contains("has 0 folders, and a classifier needs 2 to 1000 classes"), "{}", error(None));
        grey(folder, "a/1.png", 8, 0);
        fs::create_dir(folder.join("b")).unwrap();
        assert!(
            error(None).ends_with("b`: has no PNG or JPEG image; add some or remove the folder"),
            "{}",
            error(None)
        );
        grey(folder, "b/1.png", 12, 50);
        let text = error(None);
        assert!(
            text.ends_with(
                "1.png`: is 12 × 12 pixels and images before it are 8 × 8; set `resolution` to scale all to one size"
            ),
            "{text}"
        );
        assert_eq!(load(folder, Some(4)).unwrap().pixels(1), [50; 16]);
        fs::write(folder.join("b/2.png"), b"\x89PNG\r\n\x1a\nrubbish").unwrap();
        assert!(error(Some(4)).contains("2.png`: is no sound PNG or JPEG image: "), "{}", error(Some(4)));
        let missing = load(Path::new("no/such"), None).unwrap_err().to_string();
        assert!(missing.starts_with("`no/such`: cannot be read as a folder: "), "{missing}");
    }
}
