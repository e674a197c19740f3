#!/usr/bin/env python3
"""A step of training of a NAS-Bench-201 network beside PyTorch on the CPU, 2 threads each: milliseconds and memory.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/bench/beside_pytorch.py

Both sides train the same cell in the same skeleton with the same number of weights: batches of 64 from bytes, forward,
cross-entropy, backward, SGD with Nesterov momentum and weight decay, the loss read back after each step. The sides take turns,
and what the numbers are stands in `taking_turns.py`.
"""

import sys

from taking_turns import BATCH, DEVICE, FIGURES, THREADS, WARM, batch, built, figure, images, in_turns, measured, memory

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


def network(cell, channels, cells, colours):
    """The benchmark's TinyNetwork."""
    from tiny_network import EDGES, average, body, head, nn, normalised, stem

    class Cell(nn.Module):
        def __init__(self, width):
            super().__init__()
            names = [word.split("~")[0] for word in cell.replace("+", "").split("|") if word]
            makes = {
                "none": lambda: None,
                "skip_connect": nn.Identity,
                "nor_conv_1x1": lambda: normalised(width, width, 1, 1),
                "nor_conv_3x3": lambda: normalised(width, width, 3, 1),
                "avg_pool_3x3": average,
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

    return nn.Sequential(stem(colours, channels), *body(Cell, channels, cells), head(4 * channels))


def theirs(cell, channels, cells, colours, side, steps, layout):
    """What a process of PyTorch measures."""
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    pixels, labels, order = images(steps, colours, side)
    before = memory("VmRSS:")
    net = network(cell, channels, cells, colours).to(DEVICE, memory_format=getattr(torch, layout))
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, WARM + steps)

    def step(number):
        seen, right = batch(pixels, labels, order[number * BATCH : (number + 1) * BATCH], layout)
        loss = torch.nn.functional.cross_entropy(net(seen), right)
        assert loss.isfinite().item()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()

    measured(net, before, steps, step)


def main():
    import torch

    program = built("training_step")
    print(f"PyTorch {torch.__version__}, {THREADS} threads, batches of {BATCH}")
    ratio = f"{'ratio':>7}"
    print(f"{'':<28}{'':<16}{'weights':>10}{'ms':>9}{ratio}{'cpu ms':>9}{ratio}{'peak MiB':>10}{ratio}{'less start':>12}{ratio}")
    for name, cell, *numbers in CASES:
        arguments = [cell, *map(str, numbers)]
        rows = in_turns(
            {
                "bilevel": [program, DEVICE, *arguments],
                "PyTorch": [sys.executable, __file__, *arguments, "contiguous_format"],
                "channels last": [sys.executable, __file__, *arguments, "channels_last"],
            }
        )
        for side in rows:
            line = f"{name:<28}{side:<16}{rows[side][0]['parameters']:>10,}"
            for width, of in zip((9, 9, 10, 12), FIGURES):
                ratio = f"{figure(rows['bilevel'], of) / figure(rows[side], of):.2f}"
                line += f"{figure(rows[side], of):>{width}.1f}{ratio if side != 'bilevel' else '':>7}"
            print(line, flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        cell, *numbers, layout, _ = sys.argv[1:]
        theirs(cell, *map(int, numbers), layout)
    else:
        main()
