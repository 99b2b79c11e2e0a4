"""The weights of a synthetic checkpoint, as `npm run headless -- synthesize` writes them: the same function of (tensor name, index, seed).

lab/synthetic/hash.ts and recipe.ts define it; this is its second statement, in numpy, so that PyTorch can be filled with the same
weights without a file between. `python lab/synthetic/synthetic.py` writes the goldens that hold the two together
(e2e/fixtures/scale/golden-bytes.json, checked by lab/synthetic/golden.test.ts).
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np

MASK = 0xFFFFFFFF
UNIT = math.sqrt(65535 / 6)
E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6], np.float32)
PIECE = 1 << 22
BOUND_B = 0.08


def mix(x: int) -> int:
    x ^= x >> 16
    x = x * 0x7FEB352D & MASK
    x ^= x >> 15
    x = x * 0x846CA68B & MASK
    return x ^ x >> 16


def words(seed: int, name: str, first: int, count: int) -> np.ndarray:
    """uint32 [count]: words `first`, `first` + 1, ... of a tensor."""
    h = 0x811C9DC5
    for byte in f"{seed}:{name}".encode():
        h = (h ^ byte) * 0x01000193 & MASK
    k1 = mix(h)
    k2 = mix(k1 + 0x9E3779B9 & MASK)
    x = np.arange(first, first + count, dtype=np.uint32)
    x *= np.uint32(0x9E3779B9)
    x ^= np.uint32(k1)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x += np.uint32(k2)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def recipe(name: str, shape: tuple[int, ...]) -> tuple[float, float, bool]:
    """mean, std and whether u is cubed, of a bf16 tensor."""
    if name.endswith("norm.weight"):
        return 1.0, 0.1, False
    if name.endswith("sinks"):
        return 3.0, 1.0, False
    if name.endswith("gate_up_proj_bias"):
        return 0.0, 0.4, True
    if name.endswith("router.bias"):
        return 0.0, 0.7, False
    if name.endswith("bias"):
        return 0.0, 0.1, False
    if name.endswith("embed_tokens.weight"):
        return 0.0, 1.0, False
    gain = 1.5 if name.endswith("router.weight") else 2.0 if name.endswith("lm_head.weight") else 1.0
    return 0.0, gain / math.sqrt(shape[-1]), False


def bf16_table(mean: float, std: float, tail: bool) -> np.ndarray:
    half = np.arange(65536)
    u = ((half & 255) + (half >> 8) - 255) / UNIT
    values = (mean + std * (u * u * u if tail else u)).astype(np.float32)
    bits = values.view(np.uint32).astype(np.uint64)
    return (bits + 0x7FFF + (bits >> 16 & 1) >> 16).astype(np.uint16)


def scale_table() -> np.ndarray:
    low = np.arange(256) & 15
    table = np.select([low < 2, low < 6, low < 14], [118, 119, 120], 121).astype(np.uint8)
    table[0], table[255] = 115, 123
    return table


def tensor_bytes(seed: int, name: str, shape: tuple[int, ...], offset: int = 0, length: int | None = None) -> np.ndarray:
    """uint8: the tensor's bytes from `offset`; `shape` is the checkpoint's, blocks [experts, out, in / 32, 16]."""
    size = math.prod(shape) * (1 if name.endswith(("_blocks", "_scales")) else 2)
    length = size - offset if length is None else length
    first = offset // 4
    raw = words(seed, name, first, -(-(offset + length) // 4) - first)
    if name.endswith("_blocks"):
        out = raw.view(np.uint8)
    elif name.endswith("_scales"):
        out = scale_table()[raw.view(np.uint8)]
    else:
        out = bf16_table(*recipe(name, shape))[raw.view(np.uint16)].view(np.uint8)
    return out[offset - first * 4 :][:length]


def bf16_values(seed: int, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """f32, of `shape`."""
    half = tensor_bytes(seed, name, shape).view(np.uint16)
    return (half.astype(np.uint32) << 16).view(np.float32).reshape(shape)


def fill_experts(seed: int, name: str, target: np.ndarray) -> None:
    """Dequantises into transformers' layout: f32 `target` [experts, in, out], `name` without `_blocks` and `_scales`; one expert at a time."""
    experts, inputs, outputs = target.shape
    groups = inputs // 32
    blocks, scales = (experts, outputs, groups, 16), (experts, outputs, groups)
    for e in range(experts):
        packed = tensor_bytes(seed, f"{name}_blocks", blocks, e * outputs * groups * 16, outputs * groups * 16)
        exponents = tensor_bytes(seed, f"{name}_scales", scales, e * outputs * groups, outputs * groups)
        nibbles = np.stack([packed & 15, packed >> 4], -1).reshape(outputs * groups, 32)
        values = np.ldexp(E2M1[nibbles], exponents.astype(np.int32)[:, None] - 127)
        target[e] = values.reshape(outputs, inputs).T


def adapter_values(seed: int, key: str, shape: tuple[int, int], inputs: int) -> np.ndarray:
    """f32: a tensor of the random adapter in PEFT's own layout, under PEFT's own key; `inputs` of the adapted weight."""
    bound = 1 / math.sqrt(inputs) if "lora_A" in key else BOUND_B
    raw = words(seed, key, 0, math.prod(shape)).astype(np.float64)
    return (((raw + 0.5) / 2**31 - 1) * bound).astype(np.float32).reshape(shape)


def write_goldens(path: Path) -> None:
    layer = "model.layers.0."
    small = {
        "model.embed_tokens.weight": (131, 32),
        "lm_head.weight": (131, 32),
        "model.norm.weight": (37,),
        f"{layer}self_attn.q_proj.weight": (48, 32),
        f"{layer}self_attn.q_proj.bias": (48,),
        f"{layer}self_attn.sinks": (5,),
        f"{layer}mlp.router.weight": (7, 32),
        f"{layer}mlp.router.bias": (7,),
        f"{layer}mlp.experts.gate_up_proj_bias": (7, 64),
        f"{layer}mlp.experts.gate_up_proj_blocks": (7, 64, 1, 16),
        f"{layer}mlp.experts.gate_up_proj_scales": (7, 63, 3),
    }
    places = {
        "model.embed_tokens.weight": ((201088, 2880), [0, 1, 579133437, 1158266870]),
        "lm_head.weight": ((201088, 2880), [1158266850]),
        "model.layers.23.mlp.experts.gate_up_proj_blocks": ((32, 5760, 90, 16), [2, 265420780]),
        "model.layers.6.mlp.experts.down_proj_scales": ((32, 2880, 90), [0, 8294379]),
    }
    cases = []
    for seed in (1, 4294967296):
        for name, shape in small.items():
            data = tensor_bytes(seed, name, shape)
            cases.append({"seed": seed, "name": name, "shape": shape, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    samples = []
    for name, (shape, offsets) in places.items():
        for offset in offsets:
            data = tensor_bytes(1, name, shape, offset, 10)
            samples.append({"seed": 1, "name": name, "shape": shape, "offset": offset, "hex": data.tobytes().hex()})
    key = "base_model.model.model.layers.1.mlp.experts.lora_B.weight"
    adapter = {"seed": 1, "key": key, "shape": [6, 10], "values": adapter_values(1, key, (6, 10), 32).ravel()[:7].tolist()}
    path.write_text(json.dumps({"tensors": cases, "samples": samples, "adapter": adapter}, indent=1) + "\n")


if __name__ == "__main__":
    write_goldens(Path(__file__).parents[2] / "e2e/fixtures/scale/golden-bytes.json")
