//! Networks that are trained in WebAssembly: the core's training, on the processor or on the GPU that a browser lends.
//!
//! Built once for each device (features `cpu` and `webgpu`), apart from the controllers, which search without it. All that
//! may have to wait for a GPU gives a promise; calls on one object come one after the other. Documents are JSON text, as in
//! the controllers' module.

mod data;
pub mod networks;
pub mod supernet;
pub mod trainer;

use bilevel::network;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `console.error`.
    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);
}

/// Has the words of a panic written to the console: it is a bug, and the trap that JavaScript sees says nothing.
#[wasm_bindgen(start)]
pub fn start() {
    #[cfg(all(feature = "webgpu", target_family = "wasm"))]
    constructors::run();
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
}

#[cfg(all(feature = "webgpu", target_family = "wasm"))]
mod constructors {
    #![allow(unsafe_code, reason = "the linker looks for a reference to this symbol")]

    unsafe extern "C" {
        fn __wasm_call_ctors();
    }

    /// Runs what the crate `inventory` registers, once. A module that nowhere names this symbol is taken for a program that
    /// ends with each call, and the linker has every export run all constructors again: a step then takes seconds.
    pub(crate) fn run() {
        // SAFETY: it is the linker's own function, without arguments, and nothing was called before it.
        unsafe { __wasm_call_ctors() };
    }
}

/// The device that this module trains on: `cpu` or `webgpu`.
#[wasm_bindgen]
pub fn device() -> String {
    network::devices().first().map_or_else(String::new, ToString::to_string)
}

/// Opens the device; to be awaited once before anything else. Resolves at once where that is the processor.
///
/// # Errors
/// An `Error` with the words of the core, if there is no adapter.
#[wasm_bindgen]
pub async fn open() -> Result<(), JsError> {
    #[cfg(feature = "webgpu")]
    network::open_webgpu().await?;
    Ok(())
}
