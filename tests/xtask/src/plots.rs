//! The plots of the documents: each is what one command of its page gives, and CI checks that it still does.

use std::fs;

use crate::shell::{self, Failed, run};

/// The name of a plot in `docs/plots` without its ending, and the comparison that draws it.
const PLOTS: &[(&str, &str)] = &[
    (
        "nas-bench-201",
        "--seeds 500 --seed 0 --trials 1000 --searchers random,evolution,reinforce:lr=0.5,reinforce:lr=0.1,reinforce:lr=0.01,local",
    ),
    (
        "landscapes-chain",
        "--objective chain --space dense-20x7 --landscapes --seeds 50 --seed 0 --trials 8000 --target 90% --searchers \
         random,evolution,evolution:population=100,sample=25,local,local:step=first-improvement,tpe,reinforce,\
         reinforce:lr=0.02,rloo,ppo,ppo:lr=0.02,samples=1,window=100,epochs=1,minibatch=1",
    ),
];

/// Draws all of them anew.
pub(crate) fn draw() -> Result<(), Failed> {
    each(|name, drawn| {
        let path = shell::root().join("docs/plots").join(name);
        fs::write(&path, drawn).map_err(|error| Failed(format!("{}: {error}", path.display())))
    })
}

/// Fails where one is not what its command gives.
pub(crate) fn check() -> Result<(), Failed> {
    each(|name, drawn| match fs::read(shell::root().join("docs/plots").join(name)) {
        Ok(kept) if kept == drawn => Ok(()),
        _ => Err(Failed(format!("docs/plots/{name} is not what its command gives; `cargo xtask plots` draws it anew"))),
    })
}

fn each(with: impl Fn(&str, &[u8]) -> Result<(), Failed>) -> Result<(), Failed> {
    for (name, comparison) in PLOTS {
        let folder = shell::target().join("plots").join(name);
        let mut command = shell::command(shell::target().join("release/bilevel"));
        run(command.arg("compare").args(comparison.split(' ')).arg("--out").arg(&folder))?;
        let drawn = folder.join("curves.svg");
        let drawn = fs::read(&drawn).map_err(|error| Failed(format!("{}: {error}", drawn.display())))?;
        with(&format!("{name}.svg"), &drawn)?;
    }
    Ok(())
}
