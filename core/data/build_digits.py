"""Makes digits.bin from scikit-learn's copy of the optical digits.

    pip download --no-deps scikit-learn
    python3 build_digits.py scikit_learn-*.whl

digits.bin is a raw deflate stream of 1,797 labels (0 to 9), then 1,797 images of 64 pixels (0 to 16), a byte each.
"""

import gzip
import hashlib
import pathlib
import sys
import zipfile
import zlib

SOURCE = "sklearn/datasets/data/digits.csv.gz"
SHA256 = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
IMAGES, PIXELS, LARGEST = 1797, 64, 16


def main(wheel):
    packed = zipfile.ZipFile(wheel).read(SOURCE)
    found = hashlib.sha256(packed).hexdigest()
    if found != SHA256:
        sys.exit(f"{SOURCE} in {wheel} has SHA-256 {found}, not {SHA256}: the data changed, look before going on")
    rows = [[int(float(cell)) for cell in line.split(",")] for line in gzip.decompress(packed).decode().split()]
    assert len(rows) == IMAGES and all(len(row) == PIXELS + 1 for row in rows)
    assert all(0 <= value <= LARGEST for row in rows for value in row[:PIXELS])
    plain = bytes(row[PIXELS] for row in rows) + bytes(value for row in rows for value in row[:PIXELS])
    packer = zlib.compressobj(level=9, wbits=-15, memLevel=9)
    target = pathlib.Path(__file__).with_name("digits.bin")
    target.write_bytes(packer.compress(plain) + packer.flush())
    print(f"{target.name}: {target.stat().st_size} bytes, {IMAGES} images")


main(*sys.argv[1:])
