#!/usr/bin/env python3
"""A step of a search that trains a supernet, in mixtures and along paths, beside PyTorch: milliseconds and memory, 2 threads each.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/bench/supernet_beside_pytorch.py
    DEVICE=cuda:0 venv/bin/python tests/bench/supernet_beside_pytorch.py     # on a card of NVIDIA's

Both sides train the same supernet with the same number of weights: batches of 64 from bytes, every operation on every edge, norms in
cells with the statistics of the batch and without scale and shift, cross-entropy, backward, gradients no longer than 5, SGD with
momentum and weight decay, the loss read back after each step. PyTorch's side is plain: as the authors have it, `loss.backward()` gives
the slopes of weights and policy alike, whichever moves; what no output can depend on does not run along a path, as here. Paths are drawn
on each side by itself from the same distribution. The sides take turns, and what the numbers are stands in `taking_turns.py`.
"""

import functools
import operator
import random
import sys

from taking_turns import BATCH, DEVICE, THREADS, WARM, batch, built, figure, images, in_turns, measured, memory

# Space, its name in the table, C, N, channels and side of the images, steps in mixtures, steps along paths: their cost differs.
CASES = [
    ("nas-bench-201", "NAS-Bench-201, 8 × 8, C = 8, N = 1", 8, 1, 1, 8, 40, 200),
    ("nas-bench-201", "NAS-Bench-201, 32 × 32, C = 16, N = 1", 16, 1, 3, 32, 4, 40),
    ("darts", "DARTS, 8 × 8, C = 8, N = 1", 8, 1, 1, 8, 4, 40),
    ("darts", "DARTS, 16 × 16, C = 8, N = 1", 8, 1, 3, 16, 3, 15),
]
# Name, method, whether the policy moves, whether mixtures run.
STEPS = [
    ("mixture, weights", "darts-v1", "still", True),
    ("mixture, weights and policy", "darts-v1", "moves", True),
    ("path, weights", "rsps", "still", False),
    ("path, weights and policy", "gdas", "moves", False),
]
OPERATIONS = {
    "nas-bench-201": ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"],
    "darts": "none max_pool_3x3 avg_pool_3x3 skip_connect sep_conv_3x3 sep_conv_5x5 dil_conv_3x3 dil_conv_5x5".split(),
}
# Of each kind of cell the nodes that take and give.
PAIRS = [(to, source) for to in range(2, 6) for source in range(to)]


def supernet(space, channels, cells, colours):
    """`TinyNetwork` of NAS-Bench-201, or the network of DARTS with 3N + 2 cells. It is called with images and, for each kind of cell,
    the operation of each edge or None and the shares of all, `[edges, operations]`, or None."""
    import torch
    from tiny_network import EDGES, Reduction, average, body, head, nn, normalised, stem

    def depthwise(width, kernel, stride, dilation):
        each = nn.Conv2d(width, width, kernel, stride, kernel // 2 * dilation, dilation, width, bias=False)
        return [nn.ReLU(), each, nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width, affine=False)]

    class Halved(nn.Module):
        """The authors' FactorizedReduce."""

        def __init__(self, inputs, outputs):
            super().__init__()
            self.even, self.odd = (nn.Conv2d(inputs, outputs // 2, 1, 2, bias=False) for _ in range(2))
            self.norm = nn.BatchNorm2d(outputs, affine=False)

        def forward(self, images):
            images = images.relu()
            return self.norm(torch.cat([self.even(images), self.odd(images[:, :, 1:, 1:])], 1))

    def operation(name, width, stride):
        norm = lambda: nn.BatchNorm2d(width, affine=False)
        makes = {
            "none": nn.Module,
            "skip_connect": lambda: nn.Identity() if stride == 1 else Halved(width, width),
            "nor_conv_1x1": lambda: normalised(width, width, 1, 1, False),
            "nor_conv_3x3": lambda: normalised(width, width, 3, 1, False),
            "avg_pool_3x3": average if space == "nas-bench-201" else lambda: nn.Sequential(average(stride), norm()),
            "max_pool_3x3": lambda: nn.Sequential(nn.MaxPool2d(3, stride, 1), norm()),
            "sep_conv_3x3": lambda: nn.Sequential(*depthwise(width, 3, stride, 1), *depthwise(width, 3, 1, 1)),
            "sep_conv_5x5": lambda: nn.Sequential(*depthwise(width, 5, stride, 1), *depthwise(width, 5, 1, 1)),
            "dil_conv_3x3": lambda: nn.Sequential(*depthwise(width, 3, stride, 2)),
            "dil_conv_5x5": lambda: nn.Sequential(*depthwise(width, 5, stride, 2)),
        }
        return makes[name]()

    class Edge(nn.Module):
        def __init__(self, width, stride):
            super().__init__()
            self.operations = nn.ModuleList([operation(name, width, stride) for name in OPERATIONS[space]])

        def forward(self, images, choice, shares):
            if choice is None:
                weighted = (share * work(images) for share, work in zip(shares[1:], self.operations[1:]))
                return functools.reduce(operator.add, weighted)
            value = self.operations[choice](images)
            return value if shares is None else value * shares[choice]

    class Cell(nn.Module):
        def __init__(self, kind, edges, adapters, width, stride):
            super().__init__()
            self.kind, self.pairs, self.adapters, self.stride = kind, edges, nn.ModuleList(adapters), stride
            inputs = len(adapters) or 1
            self.edges = nn.ModuleList([Edge(width, stride if source < inputs else 1) for _, source in edges])

        def forward(self, older, newer, mix):
            choices, shares = mix[self.kind]
            nodes = [work(value) for work, value in zip(self.adapters, [older, newer])] or [newer]
            inputs, last = len(nodes), self.pairs[-1][0]
            nodes += [None] * (last + 1 - inputs)
            zeros = lambda: torch.zeros_like(nodes[0][:, :, :: self.stride, :: self.stride])
            for index, (to, source) in enumerate(self.pairs):
                choice = choices and choices[index]
                if choices and not self.needed(choices, inputs == 2)[index]:
                    continue
                given = zeros() if nodes[source] is None else nodes[source]
                value = self.edges[index](given, choice, None if shares is None else shares[index])
                nodes[to] = value if nodes[to] is None else nodes[to] + value
            outputs = [zeros() if node is None else node for node in (nodes[2:] if inputs == 2 else nodes[last:])]
            return torch.cat(outputs, 1) if len(outputs) > 1 else outputs[0]

        def needed(self, choices, all_nodes):
            """Of each edge, whether the output can depend on it along a path."""
            reached, needed = {self.pairs[-1][0]}, {}
            for index, (to, source) in reversed(list(enumerate(self.pairs))):
                needed[index] = (all_nodes or to in reached) and choices[index] != 0
                reached |= {source} if needed[index] else set()
            return needed

    def darts():
        given, halved, blocks = [3 * channels] * 2, False, []
        for stage in range(3):
            width = channels << stage
            for stride in [2] * (stage > 0) + [1] * cells:
                adapter = Halved if halved else lambda inputs, outputs: normalised(inputs, outputs, 1, 1, False)
                adapters = [adapter(given[0], width), normalised(given[1], width, 1, 1, False)]
                blocks.append(Cell(stride - 1, PAIRS, adapters, width, stride))
                given, halved = [given[1], 4 * width], stride == 2
        return [stem(colours, 3 * channels), *blocks, head(16 * channels, False)]

    class Supernet(nn.Module):
        def __init__(self):
            super().__init__()
            cell = lambda width: Cell(0, EDGES, [], width, 1)
            tiny = lambda: [stem(colours, channels), *body(cell, channels, cells), head(4 * channels)]
            self.stem, *blocks, self.head = tiny() if space == "nas-bench-201" else darts()
            self.blocks = nn.ModuleList(blocks)

        def forward(self, images, mix):
            older = newer = self.stem(images)
            for block in self.blocks:
                following = block(newer) if isinstance(block, Reduction) else block(older, newer, mix)
                older, newer = newer, following
            return self.head(newer)

    return Supernet()


def theirs(space, method, policy, channels, cells, colours, side, steps, layout, seed):
    """What a process of PyTorch measures."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)
    draws = random.Random(seed)
    edges, kinds = (6, 1) if space == "nas-bench-201" else (len(PAIRS), 2)
    pixels, labels, order = images(steps, colours, side)
    before = memory("VmRSS:")
    net = supernet(space, channels, cells, colours).to(DEVICE, memory_format=getattr(torch, layout))
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    logits = (1e-3 * torch.randn(kinds, edges, len(OPERATIONS[space]))).to(DEVICE).requires_grad_()
    adam = torch.optim.Adam([logits], lr=0.1, betas=(0.5, 0.999), weight_decay=1e-3)

    def mix():
        if method == "darts-v1":
            return [(None, shares) for shares in logits.softmax(-1)]
        if method == "gdas":
            noise = -torch.empty_like(logits).exponential_().log()
            soft = ((logits.log_softmax(-1) + noise) / 10).softmax(-1)
            choices = soft.argmax(-1)
            hard = functional.one_hot(choices, soft.shape[-1]) - soft.detach() + soft
            return list(zip(choices.tolist(), hard))
        if space == "nas-bench-201":
            return [([draws.randrange(5) for _ in range(edges)], None)]
        taken = [{(to, source) for to in range(2, 6) for source in draws.sample(range(to), 2)} for _ in range(kinds)]
        return [([draws.randint(1, 7) if pair in pairs else 0 for pair in PAIRS], None) for pairs in taken]

    def passed(seen, right):
        loss = functional.cross_entropy(net(seen, mix()), right)
        loss.backward()
        return loss

    def step(number):
        if policy == "moves":
            # Any images will do: one of the first two batches.
            judges = order[number % 2 * BATCH :][:BATCH]
            adam.zero_grad()
            passed(*batch(pixels, labels, judges, layout))
            adam.step()
        optimiser.zero_grad()
        loss = passed(*batch(pixels, labels, order[number * BATCH :][:BATCH], layout))
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        assert loss.isfinite().item()

    measured(net, before, steps, step)


def row_of(cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def main():
    import torch

    program = built("supernet_step")
    print(f"PyTorch {torch.__version__}, {THREADS} threads, batches of {BATCH}, {DEVICE}\n")
    # "last" is the ratio to PyTorch's option "channels last".
    figures = [head for of in ["ms", "cpu ms", "MiB"] for head in [of, "PyTorch", "ratio", "last"]]
    row_of(["supernet", "step", *figures])
    row_of(["---"] * 14)
    of_cases = {}
    for space, name, *sizes, of_mixtures, of_paths in CASES:
        for step, method, policy, mixes in STEPS:
            numbers = [*map(str, sizes), str(of_mixtures if mixes else of_paths)]
            python = [sys.executable, __file__, space, method, policy, *numbers]
            rows = in_turns(
                {
                    "bilevel": [program, space, method, policy, DEVICE, *numbers],
                    "PyTorch": [*python, "contiguous_format"],
                    "channels last": [*python, "channels_last"],
                }
            )
            cells = [f"{name}, {rows['bilevel'][0]['parameters']:,} weights", step]
            for of in ["ms", "cpu", "less start"]:
                ours, plain, last = (figure(rows[side], of) for side in rows)
                cells += [f"{ours:.4g}", f"{plain:.4g}", f"{ours / plain:.2f}", f"{ours / last:.2f}"]
            row_of(cells)
            of_cases[name, step] = rows
    print()
    row_of(["mixture / path", "step", "cpu ms", "PyTorch", "channels last", "MiB", "PyTorch", "channels last"])
    row_of(["---"] * 8)
    for _, name, *_ in CASES:
        for what in ["weights", "weights and policy"]:
            mixture, path = of_cases[name, f"mixture, {what}"], of_cases[name, f"path, {what}"]
            ratio = lambda side, of: figure(mixture[side], of) / figure(path[side], of)
            row_of([name, what, *(f"{ratio(side, of):.1f}" for of in ["cpu", "less start"] for side in mixture)])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        space, method, policy, *numbers, layout, turn = sys.argv[1:]
        theirs(space, method, policy, *map(int, numbers), layout, int(turn))
    else:
        main()
