//! The second target: `web/` for WebAssembly, and its JavaScript by wasm-bindgen.
//!
//! The generator is a library in `Cargo.lock` and thus always of the version of the crate that it reads.

use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use crate::shell::{self, Failed};

/// The name of what is generated: `bilevel_web.js`, `bilevel_web.d.ts`, `bilevel_web_bg.wasm`.
pub(crate) const STEM: &str = "bilevel_web";

/// The packages, the target and the profile of everything built for WebAssembly, in a target directory of its own.
pub(crate) fn arguments() -> String {
    format!("--package bilevel-web --target wasm32-unknown-unknown --profile wasm --target-dir {}", target().display())
}

fn target() -> PathBuf {
    shell::target().join("web")
}

/// The module as it is shipped, and its JavaScript, in `output`.
pub(crate) fn module(output: &Path) -> Result<(), Failed> {
    build("", output)
}

/// The same with the golden values in it, for the tests alone.
pub(crate) fn module_with_laws() -> Result<(), Failed> {
    build(" --features laws", &target().join("pkg-laws"))
}

fn build(features: &str, output: &Path) -> Result<(), Failed> {
    let mut cargo = shell::cargo(&format!("build --locked {}{features}", arguments()));
    // The words of a panic name its file, and what is shipped is the same from whichever folders it was built.
    let remap = machine().map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    shell::run(cargo.env("CARGO_ENCODED_RUSTFLAGS", remap.join("\x1f")))?;
    let module = target().join("wasm32-unknown-unknown/wasm").join(STEM).with_extension("wasm");
    generate(&module, output).map_err(|error| Failed(format!("wasm-bindgen: {error}")))?;
    let generated = output.join(format!("{STEM}_bg.wasm"));
    let bytes = std::fs::read(&generated).map_err(|error| Failed(format!("{}: {error}", generated.display())))?;
    for (folder, _) in machine() {
        let folder = folder.display().to_string();
        if bytes.windows(folder.len()).any(|window| window == folder.as_bytes()) {
            return Err(Failed(format!("{} knows of {folder}, where it was built", generated.display())));
        }
    }
    Ok(())
}

/// The folders of this machine that code is compiled from, and what stands for them.
fn machine() -> [(PathBuf, &'static str); 2] {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    [(home.unwrap_or_else(|| "/.cargo".into()), "cargo"), (shell::root(), "bilevel")]
}

fn generate(module: &Path, output: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut generator = Bindgen::new();
    generator
        .input_path(module)
        .typescript(true)
        // Who loads the module says where it is: web/ts has one place for each kind of host.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    generator.web(true)?;
    generator.generate(output)?;
    Ok(())
}
