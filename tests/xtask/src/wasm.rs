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
    shell::run(&mut shell::cargo(&format!("build --locked {}{features}", arguments())))?;
    let module = target().join("wasm32-unknown-unknown/wasm").join(STEM).with_extension("wasm");
    generate(&module, output).map_err(|error| Failed(format!("wasm-bindgen: {error}")))
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
