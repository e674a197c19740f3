#!/usr/bin/env python3
"""ask + tell on 6 positions of 5 choices beside Optuna 5 and rustuna 0.2, in one run: microseconds a trial.

    python3 -m venv venv && venv/bin/pip install optuna==5.0.0 rustuna==0.2.0
    venv/bin/python tests/bench/beside_optuna.py

The loss is the same cheap sum everywhere. Each figure is the least of three runs of the libraries, and of five or more of
ours; a study is made anew for each. Python's own part is in the figures of both libraries, as it is for their users.
"""

import json
import pathlib
import subprocess
import time

import optuna
import rustuna

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHOICES = [0, 1, 2, 3, 4]
RUNS = 3


def loop(study, tell, trials):
    """Seconds of so many asks and tells."""
    began = time.perf_counter()
    for _ in range(trials):
        trial = study.ask()
        tell(study, trial, float(sum(trial.suggest_categorical(str(position), CHOICES) for position in range(6))))
    return time.perf_counter() - began


def least(create, tell, trials):
    """Microseconds a trial of the quickest run."""
    return min(loop(create(), tell, trials) for _ in range(RUNS)) * 1e6 / trials


def peers():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    of_optuna = {
        "random": lambda: optuna.samplers.RandomSampler(seed=1),
        "nsga-ii": lambda: optuna.samplers.NSGAIISampler(seed=1),
        "tpe": lambda: optuna.samplers.TPESampler(seed=1),
    }
    of_rustuna = {
        "random": lambda: rustuna.samplers.RandomSampler(seed=1),
        "nsga-ii": lambda: rustuna.samplers.NSGAIISampler(seed=1),
        "tpe": lambda: rustuna.samplers.TPESampler(seed=1),
    }
    for name, sampler in of_optuna.items():
        for trials in (100, 1000):
            create = lambda: optuna.create_study(sampler=sampler())
            yield "optuna " + optuna.__version__, name, trials, least(create, lambda s, t, v: s.tell(t, v), trials)
    for name, sampler in of_rustuna.items():
        for trials in (100, 1000):
            create = lambda: rustuna.create_study(sampler=sampler())
            yield "rustuna", name, trials, least(create, lambda s, t, v: s.tell(t.number, v), trials)


def ours():
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "bilevel-bench", "--example", "microseconds"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        row = json.loads(line)
        yield "bilevel", row["searcher"], row["trials"], row["microseconds"]


def main():
    print(f"{'library':<16}{'searcher':<12}{'trials':>10}{'us a trial':>14}")
    for library, name, trials, microseconds in [*ours(), *peers()]:
        print(f"{library:<16}{name:<12}{trials:>10,}{microseconds:>14,.2f}", flush=True)


if __name__ == "__main__":
    main()
