"""Makes weights.bin: python3 train.py YOUTUBE_SPAM_FOLDER (needs numpy, scipy and scikit-learn).

The folder holds the YouTube Spam Collection (Alberto, Lochter and Almeida 2015; UCI, CC BY 4.0), a CSV per video
with CONTENT and CLASS. Prints the AUC on every video by a model of the others, then fits all of them.
The features must be those of src/authenticity/spam.rs.
"""

import csv
import glob
import html
import json
import struct
import sys

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

BUCKETS = 1 << 14
LINKS = ("://", "www.", ".com", ".net", ".org", "youtu.be", "bit.ly", ".tv/")


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def words(text):
    """Lower case, a link as one word, everything else split at what is no letter or digit."""
    out, links = [], 0
    text = html.unescape(text).replace("<br />", " ").lower()
    for token in text.split():
        if any(link in token for link in LINKS):
            out.append("xlinkx")
            links += 1
            continue
        word = ""
        for c in token + " ":
            if c.isalnum():
                word += c
            elif word:
                out.append(word)
                word = ""
    return out, links


def features(text):
    w, links = words(text)
    names = {"w" + x for x in w} | {"w" + a + " " + b for a, b in zip(w, w[1:])}
    s = " " + " ".join(w) + " "
    for n in (3, 4, 5):
        names |= {"c" + s[i : i + n] for i in range(len(s) - n + 1)}
    return {fnv(x) % BUCKETS for x in names}, [min(np.log1p(len(w)), 4) / 2, float(links > 0)]


def fit(x, y):
    """Bias, weights, and the unit of their int8 form. What few comments have weighs more, by ln(comments / those that have it); that weight is part of
    the feature's own in the end."""
    rarity = np.log((1 + len(y)) / (1 + np.asarray((x > 0).sum(axis=0)).ravel()))
    rarity[BUCKETS:] = 1
    model = LogisticRegression(C=1, max_iter=5000).fit(x.multiply(rarity).tocsr(), y)
    weights = model.coef_[0] * rarity
    return model.intercept_[0], weights, np.abs(weights[:BUCKETS]).max() / 127


def main():
    rows = []
    for video, path in enumerate(sorted(glob.glob(sys.argv[1] + "/*.csv"))):
        with open(path, encoding="utf-8", errors="replace") as f:
            rows += [(video, r["CONTENT"], int(r["CLASS"])) for r in csv.DictReader(f)]
    at, column, value, extra = [], [], [], []
    for i, (_, text, _) in enumerate(rows):
        found, more = features(text)
        for bucket in sorted(found):
            at.append(i)
            column.append(bucket)
            value.append(1 / np.sqrt(len(found)))
        extra.append(more)
    x = hstack([csr_matrix((value, (at, column)), shape=(len(rows), BUCKETS)), csr_matrix(extra)]).tocsr()
    y = np.array([r[2] for r in rows])
    video = np.array([r[0] for r in rows])
    for held in range(video.max() + 1):
        bias, weights, scale = fit(x[video != held], y[video != held])
        weights[:BUCKETS] = np.round(weights[:BUCKETS] / scale) * scale
        print(held, round(roc_auc_score(y[video == held], x[video == held] @ weights + bias), 4))
    bias, weights, scale = fit(x, y)
    head = json.dumps(
        {
            "scale": scale,
            "bias": bias,
            "length": weights[BUCKETS],
            "link": weights[BUCKETS + 1],
        }
    ).encode()
    with open("weights.bin", "wb") as f:
        f.write(struct.pack("<I", len(head)) + head)
        f.write(np.round(weights[:BUCKETS] / scale).astype(np.int8).tobytes())


main()
