"""Prints the tables of src/authenticity/account.rs: python3 train.py INSTAFAKE_FOLDER (needs numpy and scipy).

The folder holds the InstaFake data (Akyon and Kalfaoglu 2019, CC BY-NC 4.0): fake-v1.0 with 200 fake and 994 real
accounts, automated-v1.0 with 700 others that people run. Prints the AUC within the first two by cross-validation, and
on accounts unlike those learned from: a model for accounts gathered by somebody else has to hold where the fakes follow fewer,
or the real ones are smaller, than here.
"""

import json
import sys

import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata

# Where a line may bend, and whether more of it speaks for (1) or against (-1) an account that was made to be sold.
TERMS = {
    "followers": (-1, [0, 1, 2, 2.5, 3]),
    "ratio": (1, [-0.5, 0, 0.5, 1, 1.5]),
    "posts": (-1, [0, 0.35, 0.8, 1.3, 2]),
    "digits": (1, [0, 0.1, 0.25, 0.5]),
}
PENALTY = 10


def read(folder):
    """Label and source of every account once, and its four numbers."""
    files = ("fake-v1.0/fakeAccountData.json", "fake-v1.0/realAccountData.json", "automated-v1.0/nonautomatedAccountData.json")
    rows = {}
    for source, file in enumerate(files):
        for i, a in enumerate(json.load(open(folder + "/" + file, encoding="utf-8"))):
            counts = [a[k] for k in ("userFollowerCount", "userFollowingCount", "userMediaCount", "usernameDigitCount", "usernameLength")]
            # Some real accounts are there twice; of fakes, empty ones are rightly alike.
            rows[(source, i if source == 0 else None, *counts, a["userBiographyLength"])] = (source, *counts)
    r = np.array(list(rows.values()), float)
    log = lambda v: np.log10(1 + v)
    numbers = {"followers": log(r[:, 1]), "ratio": log(r[:, 2]) - log(r[:, 1]), "posts": log(r[:, 3]), "digits": r[:, 4] / np.maximum(r[:, 5], 1)}
    return r[:, 0], numbers, r


def design(numbers, terms):
    """Pieces of a line that is level beyond its ends, each rising from 0 to 1, turned so that no coefficient is below 0."""
    pieces = []
    for term in terms:
        sign, knots = TERMS[term]
        pieces += [sign * (np.clip(numbers[term], a, b) - a) / (b - a) for a, b in zip(knots, knots[1:])]
    return np.column_stack(pieces)


def fit(x, y, weights, penalty):
    """Logistic regression with a ridge penalty and no coefficient but the constant below 0."""

    def loss(b):
        z = x @ b[1:] + b[0]
        gradient = weights * (1 / (1 + np.exp(-z)) - y)
        value = (weights * (np.logaddexp(0, z) - y * z)).sum() + penalty / 2 * (b[1:] ** 2).sum()
        return value, np.r_[gradient.sum(), x.T @ gradient + penalty * b[1:]]

    bounds = [(None, None)] + [(0, None)] * x.shape[1]
    return minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x


def train(x, y):
    """Fakes and others weigh alike, so that the few fakes draw the lines as much as the many others."""
    share = y.mean()
    weights = np.where(y == 1, 0.5 / share, 0.5 / (1 - share))
    return fit(x, y, weights, PENALTY)


def auc(y, score):
    ranks = rankdata(score)
    n = y.sum()
    return (ranks[y == 1].sum() - n * (n + 1) / 2) / (n * (len(y) - n))


def main():
    source, numbers, counts = read(sys.argv[1])
    y = (source == 0).astype(float)
    rng = np.random.default_rng(0)
    fake, real, run = source == 0, source == 1, source == 2
    half = rng.permutation(len(y)) % 2 == 0
    x = design(numbers, TERMS)
    fold = rng.permutation(len(y)) % 5
    score = np.zeros(len(y))
    for k in range(5):
        b = train(x[(fold != k) & ~run], y[(fold != k) & ~run])
        score[fold == k] = x[fold == k] @ b[1:]
    print("within the collection", round(auc(y[~run], score[~run]), 3))
    others = real | run
    many, few_posts = counts[:, 2] > 1000, counts[:, 3] == 0
    small = counts[:, 1] < np.median(counts[others, 1])
    quiet = counts[:, 3] < 30
    shifts = {
        "other people's accounts": (real | (fake & half), run | (fake & ~half)),
        "fakes follow many, then few": ((real & half) | (fake & many), run | (fake & ~many)),
        "fakes follow few, then many": ((real & half) | (fake & ~many), run | (fake & many)),
        "fakes with digits, then without": ((real & half) | (fake & (counts[:, 4] > 0)), run | (fake & (counts[:, 4] == 0))),
        "fakes without posts, then with": ((real & half) | (fake & few_posts), run | (fake & ~few_posts)),
        "fakes of few followers, then of more": ((real & half) | (fake & (counts[:, 1] <= 30)), run | (fake & (counts[:, 1] > 30))),
        "real accounts large, then small": ((others & ~small) | (fake & half), (others & small) | (fake & ~half)),
        "real accounts small, then large": ((others & small) | (fake & half), (others & ~small) | (fake & ~half)),
        "real accounts with many posts, then few": ((others & ~quiet) | (fake & half), (others & quiet) | (fake & ~half)),
        "large accounts and fakes that follow many, then neither": ((others & ~small) | (fake & many), (others & small) | (fake & ~many)),
    }
    for name, (learned, tried) in shifts.items():
        b = train(x[learned], y[learned])
        print(name, round(auc(y[tried], x[tried] @ b[1:]), 3))
    known = ~run
    for terms in (["followers", "ratio", "posts", "digits"], ["followers", "ratio", "posts"], ["followers", "ratio", "digits"], ["followers", "ratio"]):
        x = design(numbers, terms)
        # The penalty draws probabilities to the middle: constant and size are fitted again to scores of accounts not learned from.
        held = np.zeros(len(y))
        for k in range(5):
            b = train(x[(fold != k) & known], y[(fold != k) & known])
            held[fold == k] = x[fold == k] @ b[1:]
        constant, size = fit(held[known, None], y[known], np.ones(known.sum()), 0)
        b = train(x[known], y[known])
        print(", ".join(terms), "AUC", round(auc(y[known], held[known]), 3), "bias", round(constant, 3))
        at = 1
        for term in terms:
            sign, knots = TERMS[term]
            step = b[at : at + len(knots) - 1] * size
            at += len(knots) - 1
            print("  ", term, np.round(sign * np.cumsum(np.r_[0, step]) + 0.0, 2).tolist())


main()
