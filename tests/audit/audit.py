"""Figures of the program held against independent references, on small generated tables.

    python tests/audit/audit.py target/debug/microfluence

needs numpy, scipy, scikit-learn and statsmodels (requirements.txt). Every check prints what it compared; the exit status is 1 if
one of them is off.
"""

import csv
import json
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy import stats
from sklearn.metrics import ndcg_score, roc_auc_score
from statsmodels.stats.proportion import proportion_confint

PROGRAM = Path(sys.argv[1]).resolve()
FAILED = []


def check(name, found, reference, tolerance=1e-9):
    good = found is not None and abs(found - reference) <= tolerance * max(1.0, abs(reference))
    print(f"{'ok  ' if good else 'OFF '} {name}: {found} against {reference}")
    if not good:
        FAILED.append(name)


def table(folder, name, header, rows):
    path = folder / name
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return str(path)


def run(folder, *arguments):
    out = folder / "summary.json"
    made = subprocess.run(
        [str(PROGRAM), *arguments, "--quiet", "--summary", str(out)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        sys.exit(f"{' '.join(arguments)}: {made.stderr}")
    return json.loads(out.read_text())


def lift(folder, rng):
    """Difference in differences is least squares with effects of place and day, on series over their own means before the start."""
    places, before, days = 8, 60, 14
    size = np.exp(rng.normal(size=places))
    week = 1 + 0.1 * np.sin(np.arange(before + days) / 7 * 2 * np.pi)
    panel = 100 * size[:, None] * week * np.exp(0.05 * rng.normal(size=(places, before + days)))
    first = date(2026, 1, 1)
    rows = [
        (f"p{p}", first + timedelta(days=t), panel[p, t]) for p in range(places) for t in range(before + days)
    ]
    path = table(folder, "panel.csv", ["location", "date", "outcome"], rows)
    found = run(
        folder, "lift", "--panel", path, "--treated", "p0", "--method", "did",
        "--start", str(first + timedelta(days=before)), "--end", str(first + timedelta(days=before + days - 1)),
    )  # fmt: skip
    means = panel[:, :before].mean(axis=1)
    relative = panel / means[:, None]
    place, day = np.meshgrid(np.arange(places), np.arange(before + days), indexing="ij")
    effect = ((place == 0) & (day >= before)).ravel().astype(float)
    design = np.column_stack(
        [effect]
        + [(place.ravel() == p).astype(float) for p in range(places)]
        + [(day.ravel() == t).astype(float) for t in range(1, before + days)]
    )
    fit = sm.OLS(relative.ravel(), design).fit()
    check("lift: difference in differences by statsmodels", found["att"], means[0] * fit.params[0], 1e-8)


def ranking(folder, rng):
    """AUC and NDCG with those left out in one place, by scikit-learn."""
    ids = [f"c{i:02}" for i in range(60)]
    outcome = np.where(rng.uniform(size=60) < 0.7, 0.0, rng.integers(1, 40, size=60)).astype(float)
    ranked = list(rng.permutation(60)[:25])
    ranks = table(folder, "ranking.csv", ["rank", "creator_id"], [(r + 1, ids[i]) for r, i in enumerate(ranked)])
    gains = table(folder, "gains.csv", ["creator_id", "gain"], list(zip(ids, outcome)))
    found = run(folder, "evaluate-ranking", "--ranking", ranks, "--outcomes", gains)
    own = next(order for order in found["orders"] if order["order"] == "ranking")
    score = np.zeros(60)
    for place, i in enumerate(ranked):
        score[i] = 100 - place
    check("ranking: AUC by scikit-learn, ties half", own["auc"], roc_auc_score(outcome > 0, score))
    check("ranking: NDCG of 50 by scikit-learn, ties averaged", own["ndcg_50"], ndcg_score([outcome], [score], k=50))
    check("ranking: Spearman by scipy", own["spearman"], stats.spearmanr(score, outcome).statistic)


def campaign(folder, rng):
    """Ratios by hand, the exact Poisson interval of few orders by scipy, Wilson's of none by statsmodels."""
    start = datetime(2026, 4, 1)
    visits, orders = [], []
    for i in range(200):
        creator = "few" if i < 120 else "idle"
        at = start + timedelta(minutes=37 * i)
        visits.append((f"s{i}", at.isoformat() + "Z", f"v{i}", creator))
        if i in (3, 17, 44, 90):
            value = round(float(np.exp(rng.normal(3, 1))), 2)
            orders.append((f"o{i}", (at + timedelta(hours=1)).isoformat() + "Z", value, f"v{i}"))
    found = run(
        folder, "campaign",
        "--visits", table(folder, "visits.csv", ["visit_id", "at", "visitor_id", "creator_id"], visits),
        "--orders", table(folder, "orders.csv", ["order_id", "at", "value", "visitor_id"], orders),
        "--spend", table(folder, "spend.csv", ["creator_id", "amount"], [("few", 100), ("idle", 50)]),
    )  # fmt: skip
    of = {row["creator_id"]: row for row in found["creators"]}
    few, idle = of["few"], of["idle"]
    revenue = sum(order[2] for order in orders)
    check("campaign: average order", few["aov"], revenue / 4)
    check("campaign: return on spend", few["roas"], revenue / 100)
    check("campaign: cost per order, upper end by scipy", few["cpa_upper"], 100 / stats.gamma.ppf(0.025, 4), 1e-8)
    check("campaign: cost per order, lower end by scipy", few["cpa_lower"], 100 / stats.gamma.ppf(0.975, 5), 1e-8)
    upper = proportion_confint(0, 80, method="wilson")[1]
    check("campaign: conversion of none, Wilson by statsmodels", idle["conversion_rate_upper"], upper, 1e-8)


def main():
    rng = np.random.default_rng(28)
    for part in (lift, ranking, campaign):
        with tempfile.TemporaryDirectory() as folder:
            part(Path(folder), rng)
    if FAILED:
        sys.exit(f"{len(FAILED)} figures are off: {', '.join(FAILED)}")


if __name__ == "__main__":
    main()
