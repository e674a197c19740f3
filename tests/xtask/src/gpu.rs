//! Builds for GPUs, each in a target directory of its own: the features of burn decide what of it is compiled.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{self, Failed, cargo, run};

/// The end-to-end tests of devices, built with kernels in WGSL and run on a software driver.
///
/// Where `VK_ICD_FILENAMES` names a driver, that one is taken.
pub(crate) fn wgpu_tests() -> Result<(), Failed> {
    let target = shell::target().join("wgpu");
    let mut command = cargo("test --locked --release --package bilevel-cli --features wgpu --test end_to_end");
    command.arg("--target-dir").arg(target).args(["--", "devices::"]);
    if std::env::var_os("VK_ICD_FILENAMES").is_none() {
        command.env("VK_ICD_FILENAMES", software_driver(Path::new("/usr/share/vulkan/icd.d"))?);
    }
    run(&mut command)
}

/// The manifest of lavapipe, Mesa's Vulkan on the processor.
fn software_driver(folder: &Path) -> Result<PathBuf, Failed> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let lavapipe = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd"));
    files.into_iter().find(lavapipe).ok_or_else(|| {
        Failed(format!("no lvp_icd*.json in {}; on Debian: apt-get install mesa-vulkan-drivers", folder.display()))
    })
}

/// LLVM as relocatable static libraries, and its back end for NVIDIA's cards, both in the Python registry.
const LLVM: [&str; 2] = ["mlc-llvm-static==23.1.1.post0", "mlc-llvm-static-extra-targets==23.1.1.post0"];

/// Where the build script of `tracel-llvm-bundler` looks under the user's data folder before it downloads anything, and
/// the file that tells it that all is there.
const BUNDLE: &str = "tracel/tracel-llvm-23.1.0-4";
const COMPLETE: &str = ".tracel-llvm-installed";

/// The program for NVIDIA's GPUs. It links LLVM, which comes from the Python registry into the target directory.
pub(crate) fn cuda() -> Result<(), Failed> {
    let data = llvm()?;
    let target = shell::target().join("cuda");
    let mut command = cargo("build --locked --release --package bilevel-cli --features cuda");
    command.arg("--target-dir").arg(&target).env("XDG_DATA_HOME", data);
    run(&mut command)?;
    println!("\n{}", target.join("release/bilevel").display());
    Ok(())
}

/// The data folder with LLVM in it.
fn llvm() -> Result<PathBuf, Failed> {
    let tools = shell::target().join("tools");
    let (data, wheels) = (tools.join("llvm-data"), tools.join("llvm-wheels"));
    let bundle = data.join(BUNDLE);
    let complete = bundle.join(COMPLETE);
    if complete.exists() {
        return Ok(data);
    }
    let failed = |what: &Path, error: std::io::Error| Failed(format!("{}: {error}", what.display()));
    let mut pip = shell::command("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]);
    run(pip.args(["--no-deps", "--upgrade", "--target"]).arg(&wheels).args(LLVM))?;
    // What an earlier attempt may have left half done.
    let _ = fs::remove_dir_all(&bundle);
    fs::create_dir_all(data.join("tracel")).map_err(|error| failed(&data, error))?;
    // `bin`, `include` and `lib`, of both packages.
    fs::rename(wheels.join("mlc_llvm_static/static"), &bundle).map_err(|error| failed(&bundle, error))?;
    run(shell::command("chmod").args(["-R", "u+x"]).arg(bundle.join("bin")))?;
    fs::write(&complete, "").map_err(|error| failed(&complete, error))?;
    fs::remove_dir_all(&wheels).map_err(|error| failed(&wheels, error))?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_driver_says_how_to_get_it() {
        let Failed(message) = software_driver(Path::new("/nowhere")).expect_err("there is no such folder");
        assert_eq!(message, "no lvp_icd*.json in /nowhere; on Debian: apt-get install mesa-vulkan-drivers");
    }
}
