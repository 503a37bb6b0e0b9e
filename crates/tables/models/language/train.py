#!/usr/bin/env python3
"""Learns which language a short text in Latin letters is in, and writes weights.bin.

    train.py DATA_FOLDER MIXED.csv DJANGO_FOLDER [EVALUATION.csv ...]

DATA_FOLDER holds umsab/; MIXED.csv is what models/sentiment/prepare.py writes; DJANGO_FOLDER holds the unpacked PyPI package
Django, whose translated messages stand for languages that have no tweets here. Needs numpy and scipy. CARD.md says more.

weights.bin: the classes' scales (float32, little-endian), their biases (float32), and a signed byte per bucket and class.
"""

import csv
import gzip
import random
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

CLASSES = ("eng", "spa", "por", "fra", "deu", "ita", "oth")
BUCKETS = 1 << 15
LONGEST = 4
OTHERS = (
    "nl sv da nb nn fi pl cs sk hu ro tr id vi ca hr sl et lv lt eu gl sq bs is af cy ga az uz sw ms"
).split()
# Words of romanised Hindi, two of which tell a tweet of umsab/hindi from those in English.
HINDI = set(
    "aap abhi acha apna apne aur bahut bhai bhi desh gaya gya hai hain hota jaise ka kaise kar karna ki ko koi kya kyun liye mein "
    "mera meri nahi nahin nhi phir raha rahe rahi sab sirf thi toh unke wale woh yaar yeh ye se ho ke na tha".split()
)


def words(text: str) -> list[str]:
    """Runs of letters in lower case, less handles, tags and links; no letter more than twice in a row."""
    kept = [w for w in text.split() if not w.startswith(("@", "#")) and "http" not in w]
    found, run = [], []
    for c in " ".join(kept) + " ":
        if c.isalpha():
            for c in c.lower():
                if run[-2:] != [c, c]:
                    run.append(c)
        elif run:
            found.append("".join(run))
            run = []
    return found[:64]


def fnv(data: bytes) -> int:
    h = 0x811C9DC5
    for b in data:
        h = (h ^ b) * 0x01000193 & 0xFFFFFFFF
    return h


def features(ws: list[str], known: dict = {}) -> Counter:
    """Counts by bucket: every run of up to four signs of a word with its ends, and the word itself."""
    out: Counter = Counter()
    for w in ws:
        if w not in known:
            p = f"_{w}_"
            grams = [p[i : i + n] for n in range(1, LONGEST + 1) for i in range(len(p) - n + 1)]
            known[w] = [fnv(g.encode()) % BUCKETS for g in [*grams, p + "."]]
        out.update(known[w])
    return out


def matrix(texts: list[list[str]]) -> sparse.csr_matrix:
    data, at, ends = [], [], [0]
    for ws in texts:
        counts = features(ws)
        scale = max(1, sum(counts.values())) ** -0.5
        at += counts.keys()
        data += [n * scale for n in counts.values()]
        ends.append(len(at))
    return sparse.csr_matrix((np.array(data, np.float32), at, ends), shape=(len(texts), BUCKETS))


def django(folder: Path, language: str, half: int) -> list[str]:
    """Every second translated message, by place."""
    texts = []
    for file in sorted(folder.glob(f"**/locale/{language}/LC_MESSAGES/django.po")):
        for block in re.findall(r'^msgstr (".*"(?:\n".*")*)', file.read_text(encoding="utf-8"), re.M):
            text = "".join(re.findall(r'"(.*)"', block))
            text = re.sub(r"%\(\w+\)\w|%\w|\{.*?\}|<.*?>|\\n", " ", text)
            if len(text) > 1:
                texts.append(text)
    return texts[half::2]


def umsab(data: Path, language: str, split: str) -> list[str]:
    return (data / f"umsab/{language}/{split}_text.txt").read_text(encoding="utf-8").split("\n")[:-1]


def main(data: Path, mixed: Path, po: Path, judged: list[Path]) -> None:
    draw = random.Random(0)
    names = {"spa": ("spanish", "es"), "por": ("portuguese", "pt"), "fra": ("french", "fr"), "deu": ("german", "de"), "ita": ("italian", "it")}
    sets: dict[str, list[list[str]]] = {c: [] for c in CLASSES}
    with mixed.open(encoding="utf-8", newline="") as file:
        english = [words(row["text"]) for row in csv.DictReader(file) if row["source"] != "emoji"]
    draw.shuffle(english)
    sets["eng"] = [*english[:45000], *map(words, umsab(data, "english", "train"))]
    for code, (name, locale) in names.items():
        own = [words(t) for t in umsab(data, name, "train")]
        sets[code] = own * 6 + [words(t) for t in django(po, locale, 0)]
    hindi = [ws for t in umsab(data, "hindi", "train") if len(HINDI.intersection(ws := words(t))) > 1]
    sets["oth"] = hindi * 3 + [words(t) for language in OTHERS for t in django(po, language, 0)]
    texts, labels = [], []
    for c, of_class in sets.items():
        of_class = [ws for ws in of_class if ws]
        print(c, len(of_class))
        for ws in of_class:
            n = draw.choice((1, 2, 3, 4, 6, 10, 64, 64))
            start = draw.randrange(max(1, len(ws) - n + 1))
            texts.append(ws[start : start + n])
            labels.append(CLASSES.index(c))
    x, y = matrix(texts), np.array(labels)
    share = np.bincount(y, minlength=len(CLASSES))
    # English is half of what is met.
    weight = (np.array([0.4, *[0.1] * 5, 0.1]) / share)[y].astype(np.float32)
    w = np.zeros((BUCKETS, len(CLASSES)), np.float32)
    b = np.zeros(len(CLASSES), np.float32)
    target = np.eye(len(CLASSES), dtype=np.float32)[y]
    m, v = np.zeros_like(w), np.zeros_like(w)
    rows = x.shape[0]
    step = 0
    for epoch in range(6):
        order = np.random.default_rng(epoch).permutation(rows)
        for part in np.array_split(order, rows // 2048):
            xs = x[part]
            z = xs @ w + b
            p = np.exp(z - z.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            g = (p - target[part]) * (weight[part] * rows / len(part))[:, None]
            step += 1
            gw = xs.T @ g + 2e-6 * w
            m = 0.9 * m + 0.1 * gw
            v = 0.99 * v + 0.01 * gw * gw
            w -= 0.03 * (1 - epoch / 6) * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + 1e-6)
            b -= 0.02 * g.sum(0)
    scale = np.abs(w).max(0) / 127
    q = np.round(w / scale).astype(np.int8)
    here = Path(__file__).parent
    (here / "weights.bin").write_bytes(scale.astype("<f4").tobytes() + b.astype("<f4").tobytes() + q.tobytes())

    def answer(texts: list[str]) -> np.ndarray:
        z = matrix([words(t) for t in texts]) @ (q * scale) + b
        p = np.exp(z - z.max(1, keepdims=True))
        return p / p.sum(1, keepdims=True)

    tests = {c: umsab(data, name, "val") for c, (name, _) in names.items()}
    tests["eng umsab"] = umsab(data, "english", "val")
    for c, (_, locale) in names.items():
        tests[f"{c} messages"] = django(po, locale, 1)
    for file in judged:
        with file.open(encoding="utf-8", newline="") as handle:
            tests[f"eng {file.stem}"] = [row["text"] for row in csv.DictReader(handle)]
    hindi = [t for t in umsab(data, "hindi", "val") if len(HINDI.intersection(words(t))) > 1]
    tests["oth hindi"] = hindi
    tests["oth messages"] = [t for language in OTHERS for t in django(po, language, 1)]
    tests["oth messages of 4 words"] = [t for t in tests["oth messages"] if len(words(t)) >= 4]
    for name, texts in tests.items():
        p = answer(texts)
        if name[:3] == "oth":
            found = {t: round(float((p[:, -1] < t).mean()), 4) for t in (0.5, 0.7, 0.8, 0.9, 0.95)}
            print(name, len(texts), "answered where p(oth) is below", found)
        else:
            right = (p.argmax(1) == CLASSES.index(name[:3])).mean()
            found = {t: round(float((p[:, -1] >= t).mean()), 4) for t in (0.5, 0.7, 0.8, 0.9, 0.95)}
            print(name, len(texts), f"right {right:.4f}", "declined where p(oth) is above", found)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:4]), [Path(name) for name in sys.argv[4:]])
