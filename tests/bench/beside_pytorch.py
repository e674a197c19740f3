#!/usr/bin/env python3
"""A step of training of a NAS-Bench-201 network beside PyTorch on the CPU, 2 threads each: milliseconds and memory.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/bench/beside_pytorch.py

Both sides train the same cell in the same skeleton with the same number of weights: batches of 64 from bytes, forward,
cross-entropy, backward, SGD with Nesterov momentum and weight decay, the loss read back after each step. The sides take turns,
each time in a process of its own; a time is the median over the steps of a process, and the median of those over the turns.
"cpu" is the time of all processors a step, which says more on a machine that others use too. Memory is the peak of the
process: alone, and less what it held before the network was built. THREADS and TURNS in the environment ask for other numbers.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
THREADS = int(os.environ.get("THREADS", "2"))
BATCH = 64
TURNS = int(os.environ.get("TURNS", "3"))
WARM = 3
EDGES = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]
ALL = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"
MIXED = "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
# Name, cell, C, N, channels and side of the images, steps.
CASES = [
    ("digits, all 3 x 3", ALL, 8, 1, 1, 8, 60),
    ("digits, mixed", MIXED, 8, 1, 1, 8, 60),
    ("32 x 32, all 3 x 3", ALL, 16, 1, 3, 32, 10),
    ("32 x 32, mixed", MIXED, 16, 1, 3, 32, 10),
    ("32 x 32, all 3 x 3, N = 5", ALL, 16, 5, 3, 32, 3),
]


def memory(name):
    """A line of /proc/self/status, in MiB."""
    for line in open("/proc/self/status"):
        if line.startswith(name):
            return int(line.split()[1]) / 1024


def network(cell, channels, cells, colours):
    """The benchmark's TinyNetwork."""
    import torch
    from torch import nn

    def normalised(inputs, outputs, kernel, stride):
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        return nn.Sequential(nn.ReLU(), convolution, nn.BatchNorm2d(outputs))

    class Cell(nn.Module):
        def __init__(self, width):
            super().__init__()
            names = [word.split("~")[0] for word in cell.replace("+", "").split("|") if word]
            makes = {
                "none": lambda: None,
                "skip_connect": nn.Identity,
                "nor_conv_1x1": lambda: normalised(width, width, 1, 1),
                "nor_conv_3x3": lambda: normalised(width, width, 3, 1),
                "avg_pool_3x3": lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            }
            self.layers = nn.ModuleList([makes[name]() or nn.Module() for name in names])
            self.edges = [edge for edge, name in enumerate(names) if name != "none"]

        def forward(self, images):
            nodes = [images, None, None, None]
            for edge in self.edges:
                to, source = EDGES[edge]
                value = self.layers[edge](nodes[source])
                nodes[to] = value if nodes[to] is None else nodes[to] + value
            return nodes[3]

    class Reduction(nn.Module):
        def __init__(self, inputs):
            super().__init__()
            self.conv_a, self.conv_b = normalised(inputs, 2 * inputs, 3, 2), normalised(2 * inputs, 2 * inputs, 3, 1)
            self.downsample = nn.Sequential(
                nn.AvgPool2d(2, 2), nn.Conv2d(inputs, 2 * inputs, 1, bias=False)
            )

        def forward(self, images):
            return self.downsample(images) + self.conv_b(self.conv_a(images))

    stages = []
    for stage in range(3):
        stages += [Reduction(channels << (stage - 1))] if stage else []
        stages += [Cell(channels << stage) for _ in range(cells)]
    stem = [nn.Conv2d(colours, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)]
    head = [nn.BatchNorm2d(4 * channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * channels, 10)]
    return nn.Sequential(*stem, *stages, *head)


def theirs(cell, channels, cells, colours, side, steps, layout):
    """What a process of PyTorch measures; the line has the form of `training/step.rs`."""
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    steps += WARM
    images = torch.randint(0, 256, (steps * BATCH, colours, side, side), dtype=torch.uint8)
    labels = torch.arange(steps * BATCH) % 10
    order = torch.randperm(steps * BATCH)
    before = memory("VmRSS:")
    format = getattr(torch, layout)
    net = network(cell, channels, cells, colours).to(memory_format=format)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    times = []
    for step in range(steps):
        if step == WARM:
            processors = time.process_time()
        began = time.perf_counter()
        chosen = order[step * BATCH : (step + 1) * BATCH]
        batch = ((images[chosen].float() - 127.5) / 73.9).contiguous(memory_format=format)
        loss = torch.nn.functional.cross_entropy(net(batch), labels[chosen])
        assert loss.isfinite().item()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        times.append((time.perf_counter() - began) * 1e3)
    parameters = sum(weights.numel() for weights in net.parameters())
    ms = statistics.median(times[WARM:])
    cpu = (time.process_time() - processors) * 1e3 / (steps - WARM)
    print(json.dumps({"parameters": parameters, "ms": ms, "cpu": cpu, "before": before, "peak": memory("VmHWM:")}))


def process(command):
    # One variable for each side's pool of threads.
    environment = {**os.environ, "RAYON_NUM_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS)}
    output = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    return json.loads(output)


def main():
    import torch

    build = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "bilevel-cli", "--example", "training_step"]
    subprocess.run(build, cwd=ROOT, check=True)
    program = str(ROOT / "target/release/examples/training_step")
    print(f"PyTorch {torch.__version__}, {THREADS} threads, batches of {BATCH}")
    ratio = f"{'ratio':>7}"
    print(f"{'':<28}{'':<16}{'weights':>10}{'ms':>9}{ratio}{'cpu ms':>9}{ratio}{'peak MiB':>10}{ratio}{'less start':>12}{ratio}")
    for name, cell, *numbers in CASES:
        arguments = [cell, *map(str, numbers)]
        sides = {
            "bilevel": [program, *arguments],
            "PyTorch": [sys.executable, __file__, *arguments, "contiguous_format"],
            "channels last": [sys.executable, __file__, *arguments, "channels_last"],
        }
        rows = {side: [] for side in sides}
        for _ in range(TURNS):
            for side, command in sides.items():
                rows[side].append(process(command))
        figure = lambda side, of: statistics.median(of(row) for row in rows[side])
        columns = [lambda row: row["ms"], lambda row: row["cpu"], lambda row: row["peak"], lambda row: row["peak"] - row["before"]]
        assert len({row["parameters"] for side in rows.values() for row in side}) == 1, rows
        for side in sides:
            line = f"{name:<28}{side:<16}{rows[side][0]['parameters']:>10,}"
            for width, of in zip((9, 9, 10, 12), columns):
                ratio = f"{figure('bilevel', of) / figure(side, of):.2f}"
                line += f"{figure(side, of):>{width}.1f}{ratio if side != 'bilevel' else '':>7}"
            print(line, flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        cell, *numbers, layout = sys.argv[1:]
        theirs(cell, *map(int, numbers), layout)
    else:
        main()
