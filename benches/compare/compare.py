#!/usr/bin/env python3
"""Times this program against ONNX Runtime, rust-bert, PyTorch and transformers on the same texts.

    compare.py --float32 FOLDER --int8 FOLDER --onnx FOLDER --data LABELLED.csv [--rounds 5] [--threads 2]

FLOAT32 and INT8 are model folders of this program, ONNX what export_onnx.py wrote of FLOAT32, LABELLED.csv has the
columns text and label. Every contender gets the texts as this program normalises them. Every contender runs once per round, one after the
other, so that a busy machine slows all of them; the table gives medians of the rounds' ratios to ONNX Runtime's
int8, with the accuracy of the same answers. Contenders that are not installed are left out, and said to be.

Needs numpy, onnxruntime and tokenizers; torch and transformers for theirs. The example `encode-texts` is built with
cargo, with the feature `rust-bert` where LIBTORCH is set.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LABELS = ("negative", "neutral", "positive")
REFERENCE = "ONNX Runtime int8"
BATCH = 32


def batches(tokens):
    """Texts of like length together, longest first: the least padding that padding can do with."""
    order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i].ids))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


def padded(tokens, indices):
    import numpy as np

    longest = max(len(tokens[i].ids) for i in indices)
    arrays = {name: np.zeros((len(indices), longest), dtype=np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
    for row, i in enumerate(indices):
        n = len(tokens[i].ids)
        arrays["input_ids"][row, :n] = tokens[i].ids
        arrays["attention_mask"][row, :n] = 1
        arrays["token_type_ids"][row, :n] = tokens[i].type_ids
    return arrays


def tokenizer(folder, settings):
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_padding()
    made.enable_truncation(settings["max_tokens"])
    return made


def onnx(file, folder, settings, threads):
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    pieces = tokenizer(folder, settings)

    def run(texts):
        inputs = [(text, "") for text in texts] if settings["targets"] else texts
        tokens = pieces.encode_batch(inputs)
        answers = np.zeros(len(texts), dtype=int)
        for indices in batches(tokens):
            answers[indices] = session.run(["logits"], padded(tokens, indices))[0].argmax(1)
        return answers

    return run


def pytorch(folder, settings, threads):
    import numpy as np
    import torch
    from transformers import AutoModelForSequenceClassification

    torch.set_num_threads(threads)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    pieces = tokenizer(folder, settings)

    def run(texts):
        inputs = [(text, "") for text in texts] if settings["targets"] else texts
        tokens = pieces.encode_batch(inputs)
        answers = np.zeros(len(texts), dtype=int)
        with torch.inference_mode():
            for indices in batches(tokens):
                arrays = {k: torch.from_numpy(v) for k, v in padded(tokens, indices).items()}
                answers[indices] = network(**arrays).logits.argmax(1).numpy()
        return answers

    return run


def transformers_pipeline(folder, settings, threads):
    import numpy as np
    import torch
    from transformers import AutoModelForSequenceClassification, BertTokenizerFast, pipeline

    torch.set_num_threads(threads)
    pieces = BertTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    classify = pipeline(
        "text-classification", model=AutoModelForSequenceClassification.from_pretrained(folder), tokenizer=pieces
    )

    def run(texts):
        inputs = [{"text": text, "text_pair": ""} for text in texts] if settings["targets"] else texts
        out = classify(inputs, batch_size=BATCH, truncation=True, max_length=settings["max_tokens"])
        return np.array([LABELS.index(answer["label"]) for answer in out])

    return run


def timed(run):
    def once(texts):
        start = time.perf_counter()
        answers = run(texts)
        return time.perf_counter() - start, answers

    return once


def program(binary, folder, backend, texts_file, threads):
    def once(_):
        command = [binary, str(folder), str(texts_file), backend, str(threads)]
        out = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        answers = [max(range(3), key=row.__getitem__) for row in out["probabilities"]]
        return out["seconds"], answers

    return once


def build(feature):
    command = ["cargo", "build", "--release", "--example", "encode-texts", "--message-format", "json"]
    if feature:
        command += ["--features", feature]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    messages = [json.loads(line) for line in out.splitlines()]
    return next(m["executable"] for m in messages if m.get("executable"))


def macro_recall(labels, answers):
    recalls = []
    for label in range(3):
        of_label = [answer for truth, answer in zip(labels, answers) if truth == label]
        recalls.append(sum(answer == label for answer in of_label) / len(of_label))
    return sum(recalls) / len(recalls)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--float32", "--int8", "--onnx", "--data"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    with arguments.data.open(encoding="utf-8", newline="") as file:
        rows = [(" ".join(row["text"].split()), LABELS.index(row["label"])) for row in csv.DictReader(file)]
    rows = [row for row in rows if row[0]]
    texts, labels = [row[0] for row in rows], [row[1] for row in rows]
    settings = json.loads((arguments.float32 / "microfluence.json").read_text())
    threads = arguments.threads

    with tempfile.TemporaryDirectory() as scratch:
        texts_file = Path(scratch) / "texts.txt"
        binary = build("rust-bert" if os.environ.get("LIBTORCH") else None)
        texts_file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        texts = subprocess.run([binary, texts_file], check=True, capture_output=True, text=True).stdout.split("\n")[:-1]
        texts_file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        contenders = {}

        def add(name, make):
            try:
                contenders[name] = make()
            except ImportError as error:
                print(f"left out: {name} ({error})", file=sys.stderr)

        add(REFERENCE, lambda: timed(onnx(arguments.onnx / "int8.onnx", arguments.float32, settings, threads)))
        add("microfluence int8", lambda: program(binary, arguments.int8, "native", texts_file, threads))
        add("microfluence float32", lambda: program(binary, arguments.float32, "native", texts_file, threads))
        add("ONNX Runtime float32", lambda: timed(onnx(arguments.onnx / "float32.onnx", arguments.float32, settings, threads)))
        if os.environ.get("LIBTORCH"):
            add("rust-bert float32", lambda: program(binary, arguments.float32, "rust-bert", texts_file, threads))
        else:
            print("left out: rust-bert (LIBTORCH is not set)", file=sys.stderr)
        add("PyTorch float32", lambda: timed(pytorch(arguments.float32, settings, threads)))
        add("transformers pipeline", lambda: timed(transformers_pipeline(arguments.float32, settings, threads)))

        seconds = {name: [] for name in contenders}
        answers = {}
        for round_number in range(arguments.rounds):
            for name, once in contenders.items():
                took, answers[name] = once(texts)
                seconds[name].append(took)
                print(f"round {round_number + 1}: {name} {len(texts) / took:.0f} texts/s", file=sys.stderr)

    print(f"{len(texts)} texts, {threads} threads, medians of {arguments.rounds} rounds\n")
    print(f"| | texts/s | times {REFERENCE} (lowest to highest) | macro recall | accuracy |")
    print("|---|---|---|---|---|")
    for name, took in seconds.items():
        ratios = sorted(r / t for r, t in zip(seconds[REFERENCE], took))
        right = sum(int(a) == b for a, b in zip(answers[name], labels)) / len(labels)
        print(
            f"| {name} | {len(texts) / statistics.median(took):.0f} "
            f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) "
            f"| {100 * macro_recall(labels, answers[name]):.2f} % | {100 * right:.2f} % |"
        )


if __name__ == "__main__":
    main()
