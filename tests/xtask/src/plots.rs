//! The plots of the documents: each is what one command of its page gives, and CI checks that it still does.

use std::fs;

use crate::shell::{self, Failed, cargo, run};

/// A command of the program, and the plots that it leaves in its folder, each with its name in `docs/plots`.
struct Source {
    command: &'static str,
    plots: &'static [(&'static str, &'static str)],
}

const SOURCES: &[Source] = &[
    Source {
        command: "compare --seeds 500 --seed 0 --trials 1000 --searchers \
                  random,evolution,reinforce:lr=0.5,reinforce:lr=0.1,reinforce:lr=0.01,local",
        plots: &[("curves.svg", "nas-bench-201.svg")],
    },
    Source {
        command: "compare --objective chain --space dense-20x7 --landscapes --seeds 50 --seed 0 --trials 8000 --target 90% --searchers \
                  random,evolution,evolution:population=100,sample=25,local,local:step=first-improvement,tpe,reinforce,\
                  reinforce:lr=0.02,rloo,ppo,ppo:lr=0.02,samples=1,window=100,epochs=1,minibatch=1",
        plots: &[("curves.svg", "landscapes-chain.svg")],
    },
    Source {
        command: "gradient --objective chain:bend=1 --space sequence:6x5 --samples 100000 --seed 7 --temperatures 0.02:5:12 \
                  --estimators concrete,gumbel-rao,straight-through,reinforce,rebar,muprop",
        plots: &[
            ("bias.svg", "gradients-bias.svg"),
            ("variance.svg", "gradients-variance.svg"),
            ("error.svg", "gradients-error.svg"),
        ],
    },
    Source {
        command: "gradient --objective chain:bend=1 --space sequence:6x5 --samples 2 --estimators softmax --curvature --at trajectory",
        plots: &[("gaps.svg", "gradients-gaps-exact.svg")],
    },
    Source {
        command: "gradient --objective chain:bend=1 --space sequence:6x5 --samples 2 --estimators softmax --curvature --at \
                  trajectory:softmax",
        plots: &[("gaps.svg", "gradients-gaps-softmax.svg")],
    },
];

/// Draws all of them anew, also those that are made from kept results; of these a test of theirs says whether they are current.
pub(crate) fn draw() -> Result<(), Failed> {
    each(|name, drawn| {
        let path = shell::root().join("docs/plots").join(name);
        fs::write(&path, drawn).map_err(|error| Failed(format!("{}: {error}", path.display())))
    })?;
    run(&mut cargo("run --locked --package bilevel-bench --example supernets -- tables"))
}

/// Fails where one is not what its command gives.
pub(crate) fn check() -> Result<(), Failed> {
    each(|name, drawn| match fs::read(shell::root().join("docs/plots").join(name)) {
        Ok(kept) if kept == drawn => Ok(()),
        _ => Err(Failed(format!("docs/plots/{name} is not what its command gives; `cargo xtask plots` draws it anew"))),
    })
}

fn each(with: impl Fn(&str, &[u8]) -> Result<(), Failed>) -> Result<(), Failed> {
    for Source { command: words, plots } in SOURCES {
        let folder = shell::target().join("plots").join(plots[0].1.trim_end_matches(".svg"));
        // A bench would go on where it was.
        let _ = fs::remove_dir_all(&folder);
        let mut command = shell::command(shell::target().join("release/bilevel"));
        run(command.args(words.split_whitespace()).arg("--out").arg(&folder))?;
        for (file, name) in *plots {
            let drawn = folder.join(file);
            let drawn = fs::read(&drawn).map_err(|error| Failed(format!("{}: {error}", drawn.display())))?;
            with(name, &drawn)?;
        }
    }
    Ok(())
}
