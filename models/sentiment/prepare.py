#!/usr/bin/env python3
"""Gathers the labelled texts that the shipped sentiment model is trained and judged on.

    prepare.py DATA_FOLDER OUTPUT_FOLDER [--hold-out-2016]

DATA_FOLDER holds the folders that CARD.md lists. Writes general.csv (whole texts) and mixed.csv
(with targets) to train on, calibration.csv, and one file per validation set below validation/
(columns text, target, label, source); the same in six other languages as multilingual.csv, calibration-multi.csv and
validation-multi/. No text of a validation file is trained on: texts are compared without case, spacing, handles, links
and escapes. With --hold-out-2016 the test tweets of SemEval 2016 are a validation set too: a recipe
that does well on them does well on tweets that are newer than those it was trained on.

What forbids commercial use (airline, SemEval 2014, SentiStrength) is only ever judged on.
"""

import csv
import hashlib
import html
import random
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

LABELS = ("negative", "neutral", "positive")
# Share of a set that is held out where the set brings no split of its own.
HELD_OUT = 0.1
EMOJI_ROWS = 5000
# What the multilingual model is for.
LANGUAGES = ("arabic", "french", "german", "italian", "portuguese", "spanish")
GOEMOTIONS_PER_LABEL = 4000
# Most of the topics' tweets stand in the general pool too, with the same polarity.
TOPICS_PER_LABEL = 6000
# Negative tweets are one in seven of the training pool and one in three of what brands meet.
NEGATIVE_REPEATS = 0.6


class Row(NamedTuple):
    text: str
    target: str
    label: str
    source: str


def plain(text: str) -> str:
    """Entities and escapes undone."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    return html.unescape(html.unescape(text))


def key(text: str) -> str:
    """What two copies of a text have in common, however they were escaped."""
    words = plain(text).lower().split()
    kept = [w for w in words if not w.startswith(("@", "http"))]
    return "".join(c for c in " ".join(kept) if c.isalnum())


def held_out(text: str) -> bool:
    """The same choice in every run, and for every copy of a text."""
    digest = hashlib.sha256(key(text).encode()).digest()
    return digest[0] / 256 < HELD_OUT


def sign(value: float) -> str:
    return LABELS[(value > 0) - (value < 0) + 1]


def semeval_rows(folder: Path):
    for file in sorted(folder.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield file.stem, [unquoted(cell) for cell in line.rstrip("\t").split("\t")]


def unquoted(text: str) -> str:
    """Some of the files quote as CSV does."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def semeval_a(data: Path, files: str = "") -> list[Row]:
    """The rows of the files whose names hold `files`."""
    rows = semeval_rows(data / "semeval2017_task4_A")
    return [Row(cells[2], "", cells[1], "semeval_a") for file, cells in rows if files in file]


def semeval_topics(data: Path) -> list[Row]:
    """The five-point set, and those of the two-point set that are not in it."""
    rows, seen = [], set()
    for _, (tweet, topic, label, text, *_) in semeval_rows(data / "semeval2017_task4_CE"):
        seen.add((tweet, topic))
        rows.append(Row(text, topic, sign(int(label)), "semeval_topics"))
    for _, (tweet, topic, label, text, *_) in semeval_rows(data / "semeval2017_task4_BD"):
        if (tweet, topic) not in seen and label in LABELS:
            rows.append(Row(text, topic, label, "semeval_topics"))
    return [row for row in rows if row.text != "Not Available"]


def three_lines(file: Path, source: str) -> list[Row]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [
        Row(text.replace("$T$", target), target, sign(int(label)), source)
        for text, target, label in zip(lines[::3], lines[1::3], lines[2::3], strict=True)
    ]


def mams(file: Path, source: str) -> list[Row]:
    return [
        Row(sentence.findtext("text"), term.get("term"), term.get("polarity"), source)
        for sentence in ElementTree.parse(file).getroot()
        for term in sentence.iter("aspectTerm")
    ]


def sanders(data: Path) -> list[Row]:
    with (data / "sanders/full-corpus.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.DictReader(file)
        return [
            Row(row["TweetText"], row["Topic"], row["Sentiment"], "sanders")
            for row in rows
            if row["Sentiment"] in LABELS
        ]


def apple(data: Path) -> list[Row]:
    file = data / "crowdflower_apple/Apple-Twitter-Sentiment-DFE.csv"
    labels = {"1": "negative", "3": "neutral", "5": "positive"}
    with file.open(encoding="latin-1", newline="") as handle:
        return [
            Row(row["text"], "Apple", labels[row["sentiment"]], "apple")
            for row in csv.DictReader(handle)
            if row["sentiment"] in labels and float(row["sentiment:confidence"]) > 0.6
        ]


def goemotions(file: Path) -> list[Row]:
    """The grouped labels; comments with several, or an ambiguous one, are passed over."""
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines():
        text, group, _ = line.split("\t")
        if group in ("1", "2", "3"):
            rows.append(Row(text, "", LABELS[int(group) - 1], "goemotions"))
    return rows


def sentistrength(data: Path) -> list[Row]:
    rows = []
    for line in (data / "sentistrength_twitter/twitter4242.txt").read_text("cp1252").splitlines()[1:]:
        positive, negative, text = line.split("\t")[:3]
        rows.append(Row(text, "", sign(round(float(positive)) - round(float(negative))), "sentistrength"))
    return rows


def airline(data: Path) -> list[Row]:
    with (data / "airline/Tweets.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Row(row["text"], row["airline"], row["airline_sentiment"], "airline")
            for row in csv.DictReader(file)
        ]
    return random.Random(0).sample(rows, 2000)


def tweeteval(data: Path) -> list[Row]:
    folder = data / "tweeteval_val"
    texts = folder.joinpath("val_text.txt").read_text(encoding="utf-8").splitlines()
    labels = folder.joinpath("val_labels.txt").read_text().split()
    return [Row(t, "", LABELS[int(l)], "tweeteval_val") for t, l in zip(texts, labels, strict=True)]


def umsab(data: Path, language: str, split: str) -> list[Row]:
    """Tweets in one language. Hindi's labels are 0, 1, 2 in turn whatever the text says, so it is left out."""
    folder = data / "umsab" / language
    texts = folder.joinpath(f"{split}_text.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    labels = folder.joinpath(f"{split}_labels.txt").read_text().split()
    return [Row(t, "", LABELS[int(l)], f"umsab_{language}") for t, l in zip(texts, labels, strict=True)]


def emoji(file: Path) -> list[Row]:
    """Comments of emoji alone: one to four of one polarity, alone or beside neutral ones."""
    by_label = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            by_label[row["label"]] += row["emoji"].split()
    draw = random.Random(0)
    rows = [Row(e, "", label, "emoji") for label, all_of in by_label.items() for e in all_of]
    while len(rows) < EMOJI_ROWS:
        label = draw.choice(LABELS)
        one = draw.choice(by_label[label])
        form = draw.random()
        if form < 0.35:
            text = one * draw.randint(1, 5)
        elif form < 0.7:
            text = "".join(draw.choices(by_label[label], k=draw.randint(2, 4)))
        elif form < 0.85 and label != "neutral":
            parts = [one, draw.choice(by_label["neutral"])]
            draw.shuffle(parts)
            text = "".join(parts)
        else:
            text = f"@user {one}" if draw.random() < 0.5 else f"{one} {one}"
        rows.append(Row(text, "", label, "emoji"))
    return rows


def without_conflicts(rows: list[Row]) -> list[Row]:
    """Each text and target once; none where its copies carry different labels."""
    labels = defaultdict(set)
    for row in rows:
        labels[key(row.text), row.target.lower()].add(row.label)
    kept, seen = [], set()
    for row in rows:
        at = key(row.text), row.target.lower()
        if at[0] and len(labels[at]) == 1 and at not in seen:
            seen.add(at)
            kept.append(row)
    return kept


def once(rows: list[Row]) -> list[Row]:
    """Each text and target once: one retweet is a quarter of Apple's tenth."""
    kept = {(key(row.text) or row.text, row.target.lower()): row for row in reversed(rows)}
    return list(reversed(kept.values()))


def at_most(rows: list[Row], per_label: int) -> list[Row]:
    kept = []
    for label in LABELS:
        of_label = [row for row in rows if row.label == label]
        kept += random.Random(0).sample(of_label, min(per_label, len(of_label)))
    return kept


def write(file: Path, rows: list[Row]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(Row._fields)
        writer.writerows(rows)
    counts = Counter((row.source, row.label) for row in rows)
    for source in sorted({row.source for row in rows}):
        shares = ", ".join(f"{label} {counts[source, label]}" for label in LABELS)
        print(f"{file.name}: {source}: {shares}")


def main(data: Path, output: Path, hold_out_2016: bool) -> None:
    here = Path(__file__).parent
    validation = {
        "tweeteval_val": tweeteval(data),
        "sentistrength": sentistrength(data),
        "airline": airline(data),
        "mams_val": mams(data / "mams/ATSA/val.xml", "mams_val"),
        "goemotions_dev": goemotions(data / "goemotions/group/dev.tsv")[:2000],
        "semeval2014_restaurants": three_lines(
            data / "semeval2014_absa/Restaurants_Test_Gold.xml.seg", "semeval2014_restaurants"
        ),
    }
    if hold_out_2016:
        validation["semeval_2016"] = semeval_a(data, "2016test")
    split = {
        "dong2014": three_lines(data / "dong2014_target/train.raw", "dong2014"),
        "sanders": sanders(data),
        "apple": apple(data),
    }
    for name, rows in split.items():
        validation[name] = [row for row in rows if held_out(row.text)]
    validation = {name: once(rows) for name, rows in validation.items()}
    keys = {key(row.text) for rows in validation.values() for row in rows}

    pools = [
        semeval_a(data),
        semeval_topics(data),
        *split.values(),
        mams(data / "mams/ATSA/train.xml", "mams"),
    ]
    general = without_conflicts([row for row in pools[0] if key(row.text) not in keys])
    write(output / "general.csv", general)
    training = []
    for pool in pools:
        kept = without_conflicts([row for row in pool if key(row.text) not in keys])
        if kept[0].source == "semeval_topics":
            kept = at_most(kept, TOPICS_PER_LABEL)
        training += kept
    negative = [row for row in training if row.source == "semeval_a" and row.label == "negative"]
    training += random.Random(0).sample(negative, round(NEGATIVE_REPEATS * len(negative)))
    training += [row for row in training if row.source == "dong2014"]
    comments = [r for r in goemotions(data / "goemotions/group/train.tsv") if key(r.text) not in keys]
    training += at_most(comments, GOEMOTIONS_PER_LABEL)
    training += emoji(here / "emoji.csv")

    write(output / "mixed.csv", training)
    for name, rows in validation.items():
        write(output / f"validation/{name}.csv", rows)
    names = ("tweeteval_val", "dong2014", "mams_val", "sanders", "apple", "goemotions_dev")
    write(output / "calibration.csv", [row for name in names for row in validation[name]])

    multilingual = [row for language in LANGUAGES for row in umsab(data, language, "train")]
    write(output / "multilingual.csv", multilingual)
    judged = {language: umsab(data, language, "val") for language in LANGUAGES}
    for language, rows in judged.items():
        write(output / f"validation-multi/umsab_{language}.csv", rows)
    write(output / "calibration-multi.csv", [row for rows in judged.values() for row in rows])


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--hold-out-2016"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    main(*map(Path, arguments), hold_out_2016=len(arguments) < len(sys.argv) - 1)
