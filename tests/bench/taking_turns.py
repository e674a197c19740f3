"""What measures beside PyTorch share: sides that take turns, each time in a process of its own, and what a process measures.

A time is the median over the steps of a process, and the median of those over the turns. "cpu" is the mean time of all processors
a step, which says more on a machine that others use too. Memory is the peak of the process: alone, and less what it held before the
network was built; on a GPU it is that of the card, by `nvidia-smi`. THREADS, TURNS and DEVICE in the environment ask for other numbers.
A thread of PyTorch's that waits for another turns in a loop, which counts as work: on a machine that others use it can be most of "cpu",
unless OMP_WAIT_POLICY=passive is in the environment.
"""

import json
import os
import pathlib
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
THREADS = int(os.environ.get("THREADS", "2"))
TURNS = int(os.environ.get("TURNS", "3"))
DEVICE = os.environ.get("DEVICE", "cpu")
BATCH = 64
WARM = 3


def built(example):
    """The program of an example of `bilevel-cli`; for a card of NVIDIA's with the kernels for it."""
    build = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "bilevel-cli", "--example", example]
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    environment = dict(os.environ)
    if DEVICE != "cpu":
        # Gets the compiler of kernels.
        subprocess.run(["cargo", "xtask", "cuda"], cwd=ROOT, check=True)
        environment["XDG_DATA_HOME"] = str(target / "tools/llvm-data")
        target = target / "cuda"
        build += ["--features", "cuda", "--target-dir", str(target)]
    subprocess.run(build, cwd=ROOT, env=environment, check=True)
    return str(target / "release/examples" / example)


def memory(name):
    """A line of /proc/self/status, in MiB."""
    for line in open("/proc/self/status"):
        if line.startswith(name):
            return int(line.split()[1]) / 1024


def memory_of_card():
    """What all processes hold of the card, in MiB."""
    ask = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=" + (DEVICE.split(":") + ["0"])[1]]
    return float(subprocess.run(ask, check=True, capture_output=True, text=True).stdout)


def process(command):
    """What a process of one side says that it measured."""
    # One variable for each side's pool of threads.
    environment = {**os.environ, "RAYON_NUM_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS)}
    alone = memory_of_card() if DEVICE != "cpu" else None
    side = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    most = alone
    while DEVICE != "cpu" and side.poll() is None:
        most = max(most, memory_of_card())
        time.sleep(0.05)
    output, _ = side.communicate()
    if side.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    row = json.loads(output)
    return row if DEVICE == "cpu" else {**row, "before": 0, "peak": most - alone}


def in_turns(sides):
    """The rows of every side, a command each, whose last argument is the number of the turn."""
    rows = {side: [] for side in sides}
    for turn in range(TURNS):
        for side, command in sides.items():
            rows[side].append(process([*command, str(turn)]))
    assert len({row["parameters"] for side in rows.values() for row in side}) == 1, rows
    return rows


# Of a row.
FIGURES = {
    "ms": lambda row: row["ms"],
    "cpu": lambda row: row["cpu"],
    "peak": lambda row: row["peak"],
    "less start": lambda row: row["peak"] - row["before"],
}


def figure(rows, name):
    """The median over the turns."""
    return statistics.median(map(FIGURES[name], rows))


def images(steps, colours, side):
    """Images without meaning for so many steps and their labels, and the order that they are seen in."""
    import torch

    count = (WARM + steps) * BATCH
    pixels = torch.randint(0, 256, (count, colours, side, side), dtype=torch.uint8)
    return pixels, torch.arange(count) % 10, torch.randperm(count)


def batch(pixels, labels, chosen, layout):
    """Those images as a network takes them, and their labels."""
    import torch

    values = ((pixels[chosen].float() - 127.5) / 73.9).contiguous(memory_format=getattr(torch, layout))
    return values.to(DEVICE), labels[chosen].to(DEVICE)


def measured(net, before, steps, step):
    """Prints what a process of PyTorch measures, in the form of `training/clock.rs`; `step` is given the number of a step."""
    times = []
    for number in range(WARM + steps):
        if number == WARM:
            processors = time.process_time()
        began = time.perf_counter()
        step(number)
        times.append((time.perf_counter() - began) * 1e3)
    cpu = (time.process_time() - processors) * 1e3 / steps
    parameters = sum(weights.numel() for weights in net.parameters())
    row = {"parameters": parameters, "ms": statistics.median(times[WARM:]), "cpu": cpu}
    print(json.dumps({**row, "before": before, "peak": memory("VmHWM:")}))
