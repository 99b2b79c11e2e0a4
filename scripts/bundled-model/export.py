"""Quantises a trained checkpoint and writes the model folder: model.safetensors, config.json.

    python scripts/bundled-model/export.py --checkpoint <folder of train.py>

Names and layouts are the real checkpoint's: expert matrices as MXFP4 `_blocks` and `_scales` in the order
[expert, out, in/32, 16], everything else bf16. Post-training rounding only. Afterwards the file is read back with
the library's own decoder and compared with ours.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import GptOssForCausalLM, Mxfp4Config

from train import MODEL, config

E2M1 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
MIDPOINTS = (E2M1[1:] + E2M1[:-1]) / 2


def quantise(weight):
    """weight [.., in] -> blocks [.., in/32, 16] uint8, scales [.., in/32] uint8, and the values they stand for.

    Per block of 32 along the input the scale is 2^(floor(log2 max|w|) - 2), or twice that if the squared error is
    smaller (then nothing saturates at 6). Byte t holds value 2t in its low and 2t+1 in its high nibble.
    """
    x = weight.float().unflatten(-1, (-1, 32))
    low = x.abs().amax(-1).clamp_min(2.0**-9).log2().floor() - 2
    options = [_round(x, low), _round(x, low + 1)]
    better = (options[1][1] - x).square().sum(-1) < (options[0][1] - x).square().sum(-1)
    codes, values = (torch.where(better[..., None], b, a) for a, b in zip(*options))
    scales = (torch.where(better, low + 1, low) + 127).to(torch.uint8)
    return codes[..., 0::2] | codes[..., 1::2] << 4, scales, values.flatten(-2)


def _round(x, exponent):
    unit = torch.exp2(exponent)[..., None]
    magnitude = torch.bucketize((x / unit).abs(), MIDPOINTS)
    codes = (magnitude + 8 * (x < 0)).to(torch.uint8)
    return codes, E2M1[magnitude] * unit * torch.where(x < 0, -1.0, 1.0)


def packed(checkpoint):
    tensors = {}
    for name, value in load_file(Path(checkpoint) / "model.safetensors").items():
        if name.endswith(("gate_up_proj", "down_proj")):
            blocks, scales, _ = quantise(value.transpose(-1, -2).contiguous())  # [E, in, out] -> [E, out, in]
            tensors[name + "_blocks"], tensors[name + "_scales"] = blocks.contiguous(), scales.contiguous()
        else:
            tensors[name] = value.to(torch.bfloat16).contiguous()
    return tensors


def config_json(shape):
    """The configuration in the spelling of the published gpt-oss checkpoints (rope_theta and rope_scaling apart)."""
    c = shape.to_dict()
    rope = dict(c["rope_parameters"])
    keys = ["attention_bias", "attention_dropout", "eos_token_id", "head_dim", "hidden_act", "hidden_size",
            "initializer_range", "intermediate_size", "layer_types", "max_position_embeddings", "model_type",
            "num_attention_heads", "num_experts_per_tok", "num_hidden_layers", "num_key_value_heads",
            "num_local_experts", "output_router_logits", "pad_token_id", "rms_norm_eps", "router_aux_loss_coef",
            "sliding_window", "tie_word_embeddings", "use_cache", "vocab_size"]
    return {
        "architectures": ["GptOssForCausalLM"], **{k: c[k] for k in keys},
        "experts_per_token": c["num_experts_per_tok"],
        "initial_context_length": rope["original_max_position_embeddings"],
        "rope_theta": rope.pop("rope_theta"), "rope_scaling": rope, "swiglu_limit": 7.0,
        "quantization_config": {"quant_method": "mxfp4", "modules_to_not_convert": [
            "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}}


def load_shipped(folder=MODEL):
    """The model as shipped, decoded by transformers, in float32."""
    model = GptOssForCausalLM.from_pretrained(
        folder, quantization_config=Mxfp4Config(dequantize=True), dtype=torch.bfloat16, attn_implementation="eager")
    return model.float().eval()


def check(checkpoint, folder):
    """transformers' decoder must give exactly the values that `quantise` chose."""
    state, model = load_file(Path(checkpoint) / "model.safetensors"), load_shipped(folder)
    for name, value in model.state_dict().items():
        expected = state[name].to(torch.bfloat16).float()
        if name.endswith(("gate_up_proj", "down_proj")):
            expected = quantise(state[name].transpose(-1, -2).contiguous())[2].transpose(-1, -2)
        assert torch.equal(value, expected), name
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, decoded equally by transformers")


def write(checkpoint, folder, shape):
    tensors = packed(checkpoint)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config_json(shape), indent=2, sort_keys=True) + "\n")
    scales = torch.cat([v.flatten() for n, v in tensors.items() if n.endswith("_scales")])
    print(f"{(folder / 'model.safetensors').stat().st_size:,} bytes, scales {scales.min()}..{scales.max()}")
    check(checkpoint, folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", required=True)
    write(parser.parse_args().checkpoint, MODEL, config())
