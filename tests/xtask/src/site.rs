//! The site as it is served: `www/dist`, the pages of `www` with the package in as few files as a browser loads quickly.

use std::path::PathBuf;

use crate::package::{self, copy, files_in, folder, node_program, remove};
use crate::shell::{self, Failed, run};

/// Of a script and all that it imports, one file.
const BUNDLE: [&str; 5] = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"];

/// The pages, each a document and a script of that name.
const PAGES: [&str; 4] = ["index", "train", "gradient", "supernet"];

/// Where a browser finds it that is served.
const ADDRESS: &str = "127.0.0.1:8000";

/// The letters: the files of two families that npm brings, with the licence of each.
const LETTERS: [(&str, &[&str]); 2] = [
    ("source-sans-3", &["latin-400-normal.woff2", "latin-600-normal.woff2"]),
    ("source-serif-4", &["latin-400-normal.woff2"]),
];

/// Builds it, and the package before it.
pub(crate) fn site() -> Result<(), Failed> {
    package::build()?;
    build()
}

/// Builds it and serves it until somebody ends it.
pub(crate) fn serve() -> Result<(), Failed> {
    site()?;
    let addresses = PAGES.map(|page| format!("http://{ADDRESS}/{page}.html"));
    println!("\n{}; Ctrl-C ends it\n", addresses.join(", "));
    let folder = format!("--servedir={}", shell::root().join("www/dist").display());
    run(node_program("esbuild").args([format!("--serve={ADDRESS}"), folder]))
}

/// Builds it from the package that `web/dist/package` has.
pub(crate) fn build() -> Result<(), Failed> {
    let (pages, dist, site) = (shell::root().join("www"), folder().join("dist"), shell::root().join("www/dist"));
    remove(&site)?;
    let workers = ["worker.js", "training/worker.js"].map(|name| (dist.join(name), name.to_owned()));
    let scripts = PAGES.map(|page| format!("{page}.js")).map(|name| (pages.join(&name), name));
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
    for name in PAGES.map(|page| format!("{page}.html")).into_iter().chain(["site.css".into()]) {
        copy(&pages.join(&name), &site.join(&name))?;
    }
    for folder in ["figures", "frozen"] {
        for file in files_in(&pages.join(folder))? {
            copy(&file, &site.join(folder).join(file.file_name().unwrap_or_default()))?;
        }
    }
    for (family, files) in LETTERS {
        let from = package::web().join("node_modules/@fontsource").join(family);
        for file in files {
            let name = format!("{family}-{file}");
            copy(&from.join("files").join(&name), &site.join("letters").join(&name))?;
        }
        copy(&from.join("LICENSE"), &site.join("letters").join(format!("LICENSE-{family}")))?;
    }
    println!("\n{}", site.display());
    Ok(())
}
