//! The second target: the crates of `web/` for WebAssembly, and their JavaScript by wasm-bindgen.
//!
//! The generator is a library in `Cargo.lock` and thus always of the version of the crate that it reads.

use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use crate::shell::{self, Failed};

/// One module: what is compiled, how, and what it is called.
pub(crate) struct Artefact {
    /// Of what is generated: `<stem>.js`, `<stem>.d.ts`, `<stem>_bg.wasm`.
    pub(crate) stem: &'static str,
    package: &'static str,
    features: &'static str,
    profile: &'static str,
    /// Each its own, since flags and features rebuild everything.
    folder: &'static str,
    flags: &'static [&'static str],
}

/// The controllers.
pub(crate) const CONTROLLERS: Artefact =
    Artefact { stem: "bilevel_web", package: "bilevel-web", features: "", profile: "wasm", folder: "web", flags: &[] };

/// Training on the processor, by instructions that every browser has had since 2023.
pub(crate) const CPU: Artefact = Artefact {
    stem: "bilevel_cpu",
    package: "bilevel-training",
    features: "--features cpu",
    profile: "wasm-cpu",
    folder: "web-training",
    flags: &["-Ctarget-feature=+simd128"],
};

/// Training on the GPU that the browser lends.
pub(crate) const WEBGPU: Artefact =
    Artefact { stem: "bilevel_webgpu", features: "--features webgpu", profile: "wasm-webgpu", ..CPU };

impl Artefact {
    /// The package, the target and the profile, in a target directory of its own.
    pub(crate) fn arguments(&self) -> String {
        let Self { package, features, profile, .. } = self;
        let words = format!("--package {package} {features} --target wasm32-unknown-unknown --profile {profile}");
        format!("{} --target-dir {}", words.replace("  ", " "), self.target().display())
    }

    fn target(&self) -> PathBuf {
        shell::target().join(self.folder)
    }

    /// The module as it is shipped, and its JavaScript, in `output`.
    pub(crate) fn build(&self, output: &Path) -> Result<(), Failed> {
        self.build_with("", output)
    }

    fn build_with(&self, features: &str, output: &Path) -> Result<(), Failed> {
        let mut cargo = shell::cargo(&format!("build --locked {}{features}", self.arguments()));
        // The words of a panic name its file, and what is shipped is the same from whichever folders it was built.
        let remap = machine().map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
        let flags: Vec<&str> = remap.iter().map(String::as_str).chain(self.flags.iter().copied()).collect();
        shell::run(cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f")))?;
        let library = self.package.replace('-', "_");
        let built = self.target().join("wasm32-unknown-unknown").join(self.profile);
        let module = built.join(library).with_extension("wasm");
        constructors(&module)?;
        generate(&module, self.stem, output).map_err(|error| Failed(format!("wasm-bindgen: {error}")))?;
        let generated = output.join(format!("{}_bg.wasm", self.stem));
        let bytes = std::fs::read(&generated).map_err(|error| Failed(format!("{}: {error}", generated.display())))?;
        for (folder, _) in machine() {
            let folder = folder.display().to_string();
            if bytes.windows(folder.len()).any(|window| window == folder.as_bytes()) {
                return Err(Failed(format!("{} knows of {folder}, where it was built", generated.display())));
            }
        }
        Ok(())
    }
}

/// The controllers with the golden values in them, for the tests alone.
pub(crate) fn module_with_laws() -> Result<(), Failed> {
    CONTROLLERS.build_with(" --features laws", &CONTROLLERS.target().join("pkg-laws"))
}

/// Fails where the linker took the module for a program whose every call runs all constructors first.
fn constructors(module: &Path) -> Result<(), Failed> {
    let bytes = std::fs::read(module).map_err(|error| Failed(format!("{}: {error}", module.display())))?;
    let wrapped = b".command_export";
    match bytes.windows(wrapped.len()).any(|window| window == wrapped) {
        true => Err(Failed(format!(
            "{}: every call runs all constructors again (web/training/src/lib.rs)",
            module.display()
        ))),
        false => Ok(()),
    }
}

/// The folders of this machine that code is compiled from, and what stands for them.
fn machine() -> [(PathBuf, &'static str); 2] {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    [(home.unwrap_or_else(|| "/.cargo".into()), "cargo"), (shell::root(), "bilevel")]
}

fn generate(module: &Path, stem: &str, output: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut generator = Bindgen::new();
    generator
        .input_path(module)
        .out_name(stem)
        .typescript(true)
        // Who loads the module says where it is: web/ts has one place for each kind of host.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    generator.web(true)?;
    generator.generate(output)?;
    Ok(())
}
