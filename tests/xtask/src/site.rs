//! The site as it is served: `web/dist/site`, the pages of `www` with the package in as few files as a browser loads quickly.

use std::path::PathBuf;

use crate::package::{copy, files_in, folder, node_program, remove, web};
use crate::shell::{self, Failed, run};

/// Of a script and all that it imports, one file.
const BUNDLE: [&str; 5] = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"];

/// Builds it from the package that `web/dist/package` has.
pub(crate) fn build() -> Result<(), Failed> {
    let (pages, dist, site) = (shell::root().join("www"), folder().join("dist"), web().join("dist/site"));
    remove(&site)?;
    let workers = ["worker.js", "training/worker.js"].map(|name| (dist.join(name), name));
    let scripts = ["index.js", "train.js"].map(|name| (pages.join(name), name));
    for (script, name) in scripts.into_iter().chain(workers) {
        run(node_program("esbuild").arg(script).args(BUNDLE).arg(format!("--outfile={}", site.join(name).display())))?;
    }
    // What the scripts look for beside themselves.
    let modules = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "wasm");
    let mut beside: Vec<PathBuf> = files_in(&dist)?.into_iter().filter(modules).collect();
    beside.extend(files_in(&dist.join("nas_bench_201"))?);
    for file in beside {
        copy(&file, &site.join(file.strip_prefix(&dist).unwrap_or(&file)))?;
    }
    for name in ["index.html", "train.html", "site.css"] {
        copy(&pages.join(name), &site.join(name))?;
    }
    for file in files_in(&pages.join("figures"))? {
        copy(&file, &site.join("figures").join(file.file_name().unwrap_or_default()))?;
    }
    println!("\n{}", site.display());
    Ok(())
}
