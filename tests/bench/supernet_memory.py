#!/usr/bin/env python3
"""The memory of searches that train a supernet: what is said before the start, beside the peak of the process.

    cargo build --release --package bilevel-cli
    python3 tests/bench/supernet_memory.py

Along paths the estimate is that of the path that takes most, which is not always drawn. Of each peak that of a tiny search over the same space is taken off: the program, its images, the weights of nearly nothing.
A search over the cells of DARTS takes some minutes.
"""

import re
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "target/release/bilevel"
IMAGES = "train_images=128,validation_images=128,test_images=10"
TINY = "channels=4,batch_size=2,train_images=12,validation_images=4,test_images=10"

CELL = [
    ("2<-0", ["skip_connect", "sep_conv_3x3", "nor_conv_3x3"]),
    ("2<-1", ["max_pool_3x3", "dil_conv_3x3"]),
    ("3<-1", ["avg_pool_3x3", "sep_conv_5x5"]),
    ("3<-2", ["nor_conv_1x1", "skip_connect"]),
]

SEARCHES = [
    ("nas-bench-201", "darts-v1", "channels=16,batch_size=64,resolution=32"),
    ("nas-bench-201", "darts-v1", "channels=32,batch_size=128,resolution=16"),
    ("nas-bench-201", "gdas", "channels=32,batch_size=64,resolution=32"),
    ("nas-bench-201", "reinforce-supernet", "channels=32,batch_size=64,resolution=32"),
    ("cell.toml", "darts-v1", "channels=16,batch_size=64,resolution=32"),
    ("darts", "darts-v1", "channels=8,batch_size=32,resolution=32"),
    ("darts", "pc-darts", "channels=16,batch_size=32,resolution=32"),
    ("darts", "reinforce-supernet", "channels=16,batch_size=64,resolution=32"),
]


def peak(folder, space, searcher, objective):
    """The peak in MiB of a search of one epoch, and what it said that a step would take."""
    arguments = ["--space", space, "--searcher", searcher, "--objective", f"digits:{objective}"]
    command = [PROGRAM, "search", *arguments, "--epochs", "1", "--no-retrain"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        most = max(most, int(found[1])) if found else most
        time.sleep(0.001)
    said = process.stderr.read()
    words = re.search(r"a step takes about ([\d.]+) (MiB|GiB)", said)
    if not words:
        raise SystemExit(said)
    return most / 1024, float(words[1]) * (1024 if words[2] == "GiB" else 1)


def main():
    with tempfile.TemporaryDirectory() as folder:
        positions = [f'[[positions]]\nname = "{name}"\nchoices = {choices}\n' for name, choices in CELL]
        Path(folder, "cell.toml").write_text("\n".join(positions))
        print("| space | searcher | training | peak, MiB | estimate, MiB | ratio |\n|---|---|---|---|---|---|")
        for space, searcher, sizes in SEARCHES:
            alone, _ = peak(folder, space, searcher, TINY)
            whole, estimate = peak(folder, space, searcher, f"{sizes},{IMAGES}")
            net = whole - alone
            print(f"| `{space}` | `{searcher}` | `{sizes}` | {net:.0f} | {estimate:.0f} | {estimate / net:.2f} |", flush=True)


if __name__ == "__main__":
    main()
