#!/usr/bin/env python3
"""Turns the SemEval-2017 task 4A tweets into the CSV that `microfluence train` reads.

    prepare.py SEMEVAL_A_FOLDER TWEETEVAL_VALIDATION_FOLDER OUTPUT_FOLDER

Writes train.csv and validation.csv (columns text, label). Texts of the validation split, texts
that stand twice and texts whose copies carry different labels are left out of train.csv.
"""

import csv
import html
import re
import sys
from pathlib import Path

LABELS = ("negative", "neutral", "positive")


def key(text: str) -> str:
    """What two copies of a tweet have in common, however they were escaped."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    words = html.unescape(html.unescape(text)).lower().split()
    kept = [w for w in words if not w.startswith(("@", "http"))]
    return "".join(c for c in " ".join(kept) if c.isalnum())


def main(semeval: Path, tweeteval: Path, output: Path) -> None:
    texts = tweeteval.joinpath("val_text.txt").read_text(encoding="utf-8").splitlines()
    labels = tweeteval.joinpath("val_labels.txt").read_text().split()
    validation = [(text, LABELS[int(label)]) for text, label in zip(texts, labels, strict=True)]
    held_out = {key(text) for text in texts}

    seen: dict[str, tuple[str, str]] = {}
    conflicting = set()
    rows = 0
    for file in sorted(semeval.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            _, label, text = line.split("\t")[:3]
            rows += 1
            if len(text) > 1 and text[0] == text[-1] == '"':
                # Some of the files quote as CSV does.
                text = text[1:-1].replace('""', '"')
            text_key = key(text)
            if text_key in held_out or not text_key:
                continue
            if text_key in seen and seen[text_key][1] != label:
                conflicting.add(text_key)
            seen.setdefault(text_key, (text, label))
    training = [pair for text_key, pair in seen.items() if text_key not in conflicting]

    output.mkdir(parents=True, exist_ok=True)
    for name, pairs in (("train.csv", training), ("validation.csv", validation)):
        with output.joinpath(name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("text", "label"))
            writer.writerows(pairs)
    print(f"{rows} rows read, {len(training)} kept, {len(conflicting)} texts with two labels dropped")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
