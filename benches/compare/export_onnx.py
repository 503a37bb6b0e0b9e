#!/usr/bin/env python3
"""Writes a model folder (BERT with a classifier, float32) as ONNX: float32, and int8 as ONNX Runtime makes it.

    export_onnx.py MODEL_FOLDER OUTPUT_FOLDER
"""

import sys
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModelForSequenceClassification


def main(model: Path, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    network = AutoModelForSequenceClassification.from_pretrained(model, attn_implementation="eager").eval()
    ids = torch.ones((2, 8), dtype=torch.long)
    inputs = {"input_ids": ids, "attention_mask": ids, "token_type_ids": torch.zeros_like(ids)}
    axes = {name: {0: "batch", 1: "tokens"} for name in inputs}
    torch.onnx.export(
        network,
        tuple(inputs.values()),
        str(output / "float32.onnx"),
        input_names=list(inputs),
        output_names=["logits"],
        dynamic_axes={**axes, "logits": {0: "batch"}},
        opset_version=17,
    )
    quantize_dynamic(output / "float32.onnx", output / "int8.onnx", weight_type=QuantType.QInt8, per_channel=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
