//! The second target: `web/` for WebAssembly, and its JavaScript by wasm-bindgen.
//!
//! The generator is a library in `Cargo.lock` and thus always of the version of the crate that it reads.

use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use crate::shell::{self, Failed};

/// The packages, the target and the profile of everything built for WebAssembly, in a target directory of its own.
pub(crate) fn arguments() -> String {
    format!("--package bilevel-web --target wasm32-unknown-unknown --profile wasm --target-dir {}", target().display())
}

fn target() -> PathBuf {
    shell::target().join("web")
}

/// `web/pkg`, as it is shipped.
pub(crate) fn package() -> Result<(), Failed> {
    build("", &shell::root().join("web/pkg"))
}

/// The same with the golden digests in it, for the tests alone.
pub(crate) fn package_with_laws() -> Result<(), Failed> {
    build(" --features laws", &target().join("pkg-laws"))
}

fn build(features: &str, output: &Path) -> Result<(), Failed> {
    shell::run(&mut shell::cargo(&format!("build --locked {}{features}", arguments())))?;
    let module = target().join("wasm32-unknown-unknown/wasm/bilevel_web.wasm");
    generate(&module, output).map_err(|error| Failed(format!("wasm-bindgen: {error}")))?;
    let size = std::fs::metadata(output.join("bilevel_web_bg.wasm")).map(|file| file.len());
    let size = size.map_err(|error| Failed(format!("wasm-bindgen left no module: {error}")))?;
    println!(
        "{}: {size} bytes",
        output.strip_prefix(shell::root()).unwrap_or(output).join("bilevel_web_bg.wasm").display()
    );
    Ok(())
}

fn generate(module: &Path, output: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut generator = Bindgen::new();
    generator
        .input_path(module)
        .typescript(true)
        // Off by default in the library; without it `await init()` has no path to fetch the module from.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    generator.web(true)?;
    generator.generate(output)?;
    Ok(())
}
