"""Real PEFT's verdict on an adapter that the engine exported.

    python lab/true-shape/check-peft.py --model DIR --adapter DIR --ids F.json --logits F.safetensors [--base-logits F.safetensors]

DIR and F are what `npm run headless -- logits` takes and writes: `--logits` with the adapter, `--base-logits` without. Checked, each with its
own line and a non-zero exit status when any fails:
  1. PeftModel.from_pretrained gives no warning about missing or unexpected keys;
  2. the file's keys and shapes are exactly those of get_peft_model_state_dict;
  3. the adapter changes the logits, and PEFT's logits equal the engine's within 1e-4 of the largest logit of the row, with the adapter and
     (given --base-logits) with the adapter disabled.
f32, eager attention and experts, MXFP4 dequantised. Needs torch, transformers >= 5, peft >= 0.19.1, safetensors; no network.
"""

import argparse
import json
import os
import sys
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import peft
import torch
import transformers
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import GptOssForCausalLM, Mxfp4Config

TOLERANCE = 1e-4


def load_base(directory: Path) -> GptOssForCausalLM:
    packed = "quantization_config" in json.loads((directory / "config.json").read_text())
    options = {"quantization_config": Mxfp4Config(dequantize=True)} if packed else {}
    model = GptOssForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager", **options)
    model.set_experts_implementation("eager")
    return model.float().eval()


def largest_error(model, rows: list[list[int]], expected: dict[str, torch.Tensor]) -> float:
    """Largest |delta| over all rows, each divided by the row's largest |logit|."""
    worst = 0.0
    for i, row in enumerate(rows):
        with torch.no_grad():
            logits = model(torch.tensor([row])).logits[0]
        other = expected[f"logits.{i}"]
        if logits.shape != other.shape:
            return float("inf")
        worst = max(worst, ((logits - other).abs().max() / logits.abs().max()).item())
    return worst


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("model", "adapter", "ids", "logits"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--base-logits", type=Path)
    args = parser.parse_args()
    rows = json.loads(args.ids.read_text())["input_ids"]
    failures = 0

    def verdict(passed: bool, text: str) -> None:
        nonlocal failures
        failures += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {text}")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = PeftModel.from_pretrained(load_base(args.model), args.adapter).eval()
    about_keys = [str(warning.message) for warning in caught if "key" in str(warning.message).lower() and "pattern" not in str(warning.message)]
    verdict(not about_keys, f"loads without a warning about keys {about_keys or ''}")

    exported = {key: tuple(tensor.shape) for key, tensor in load_file(args.adapter / "adapter_model.safetensors").items()}
    wanted = {key: tuple(tensor.shape) for key, tensor in get_peft_model_state_dict(model).items()}
    verdict(exported == wanted, f"{len(exported)} keys and shapes equal PEFT's {sorted(set(exported.items()) ^ set(wanted.items()))[:6] or ''}")

    ours = load_file(args.logits)
    error = largest_error(model, rows, ours)
    verdict(error <= TOLERANCE, f"with the adapter: {len(rows)} rows, largest relative error {error:.2e} (limit {TOLERANCE:.0e})")
    with model.disable_adapter():
        change = largest_error(model, rows, ours)
        verdict(change > 100 * TOLERANCE, f"the adapter changes the logits by {change:.2e} of the largest")
        if args.base_logits:
            error = largest_error(model, rows, load_file(args.base_logits))
            verdict(error <= TOLERANCE, f"without the adapter: largest relative error {error:.2e}")
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}: {failures or 'none'} failed")
    return 1 if failures else 0


sys.exit(main())
