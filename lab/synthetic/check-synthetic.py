"""Real transformers' verdict on a synthetic folder.

    npm run -s headless -- synthesize --out DIR --config CONFIG [--layers N]
    python lab/synthetic/check-synthetic.py DIR

GptOssForCausalLM.from_pretrained reads the folder (config, index, shards, MXFP4 dequantised by transformers), and every parameter must equal what
synthetic.py says, bit for bit; the tokenizer loads and its ids lie in the vocabulary. Needs the model's size in f32: for small configs.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from synthetic import bf16_values, fill_experts
from transformers import AutoTokenizer, GptOssForCausalLM, Mxfp4Config

folder = Path(sys.argv[1])
seed = json.loads((folder / "synthetic.json").read_text())["seed"]
model, info = GptOssForCausalLM.from_pretrained(
    folder, dtype=torch.float32, quantization_config=Mxfp4Config(dequantize=True), output_loading_info=True
)
assert not any(info.get(kind) for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")), info
different = []
for name, parameter in model.named_parameters():
    shape = tuple(parameter.shape)
    if name.endswith(("gate_up_proj", "down_proj")):
        want = np.empty(shape, np.float32)
        fill_experts(seed, name, want)
    else:
        want = bf16_values(seed, name, shape)
    if not torch.equal(parameter.float(), torch.from_numpy(want)):
        different.append(name)
tokenizer = AutoTokenizer.from_pretrained(folder)
largest = max(tokenizer.get_vocab().values())
assert largest < model.config.vocab_size, largest
count = len(list(model.parameters()))
print(f"{'FAIL' if different else 'ok  '} {count - len(different)} of {count} parameters equal; largest id {largest} of {model.config.vocab_size}", *different[:5])
sys.exit(1 if different else 0)
