"""Makes the student, a smaller model of the same world: the bundled model pruned to 38 % of its parameters and healed.

    python scripts/bundled-model/student.py prune --from <checkpoint of train.py, or public/models/mini> --out <folder>
    python scripts/bundled-model/student.py heal --start <folder> --steps 1500 --out <folder 2>
    python scripts/bundled-model/student.py ship --checkpoint <folder 2>
    python scripts/bundled-model/student.py measure --seeds 1 2

Pruning keeps layers and heads. The residual stream is turned into its principal components and the last half of them
dropped; experts keep the half of their neurons that moves the stream most. Healing is pre-training (train.py) on the
second phase's mix, five languages, in which some thoughts begin in the language that is named; most begin in English.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

import export
import train
from corpus import Corpus
from train import MODEL, PAD

WIDTH, NEURONS = 64, 64
OUT = MODEL.parent / "mini-student"
SAMPLES = 24  # batches that principal components and neurons are measured on
NORMS = ("input_layernorm", "post_attention_layernorm")


@torch.no_grad()
def measure(base, seed):
    """(second moment of the normalised stream over all norms, mean |activation| of every expert's neurons)."""
    moment, seen, hooks = torch.zeros(128, 128, dtype=torch.float64), [], []
    neurons = [torch.zeros(4, 128) for _ in base.model.layers]

    def stream(_, inputs):
        x = inputs[0].flatten(0, 1)[mask]
        x = x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()
        moment.add_((x.T @ x).double())
        seen.append(len(x))

    def experts(at):
        def hook(module, inputs):
            x, picked, _ = inputs
            z = torch.einsum("th,ehf->etf", x, module.gate_up_proj) + module.gate_up_proj_bias[:, None]
            used = torch.zeros(x.shape[0], 4).scatter(1, picked, 1.0) * mask.float()[:, None]
            neurons[at].add_(torch.einsum("etf,te->ef", module._apply_gate(z).abs(), used))
        return hook

    for at, layer in enumerate(base.model.layers):
        hooks += [getattr(layer, n).register_forward_pre_hook(stream) for n in NORMS]
        hooks.append(layer.mlp.experts.register_forward_pre_hook(experts(at)))
    hooks.append(base.model.norm.register_forward_pre_hook(stream))
    corpus = Corpus(seed, 2)
    corpus.system_share = 0.5
    stream_of = train.batches(corpus)
    for _ in range(SAMPLES):
        ids, _ = next(stream_of)
        mask = (ids != PAD).flatten()
        base(input_ids=ids, attention_mask=(ids != PAD).long(), use_cache=False)
    for hook in hooks:
        hook.remove()
    return moment / sum(seen), neurons


@torch.no_grad()
def prune(base, seed=1):
    """The student before healing. With P the kept components, what read g * norm(x) reads P^T x through W diag(g) P,
    and what wrote y to the stream writes P^T y. A norm over fewer values is larger; the new norm's weight undoes that."""
    moment, neurons = measure(base, seed)
    values, vectors = torch.linalg.eigh(moment)
    p = vectors.flip(-1)[:, :WIDTH].float()
    kept = (values.flip(-1)[:WIDTH].sum() / values.sum()).item()
    print(f"{WIDTH} of 128 components hold {100 * kept:.1f} % of the normalised stream")
    scale = (kept * 128 / WIDTH) ** 0.5
    old, new = base.state_dict(), {}
    for name, value in old.items():
        new[name] = value
    reads = lambda w, norm: w * norm @ p  # [out, in]
    new["model.embed_tokens.weight"] = old["model.embed_tokens.weight"] @ p
    new["lm_head.weight"] = reads(old["lm_head.weight"], old["model.norm.weight"])
    new["model.norm.weight"] = torch.full((WIDTH,), scale)
    for at, layer in enumerate(base.model.layers):
        of = f"model.layers.{at}."
        first, second = (old[f"{of}{n}.weight"] for n in NORMS)
        for n in NORMS:
            new[f"{of}{n}.weight"] = torch.full((WIDTH,), scale)
        for n in ("q_proj", "k_proj", "v_proj"):
            new[f"{of}self_attn.{n}.weight"] = reads(old[f"{of}self_attn.{n}.weight"], first)
        new[f"{of}self_attn.o_proj.weight"] = p.T @ old[f"{of}self_attn.o_proj.weight"]
        new[f"{of}self_attn.o_proj.bias"] = p.T @ old[f"{of}self_attn.o_proj.bias"]
        new[f"{of}mlp.router.weight"] = reads(old[f"{of}mlp.router.weight"], second)
        new.update(pruned_experts(layer.mlp.experts, f"{of}mlp.experts.", second, p, neurons[at]))
    student = train.GptOssForCausalLM(train.config(WIDTH, NEURONS))
    student.load_state_dict({name: value.contiguous() for name, value in new.items()})
    return student


def pruned_experts(experts, of, norm, p, activation):
    """Neurons by how far they move the stream: mean |activation| times the length of what they write."""
    weight = activation * (experts.down_proj @ p).norm(dim=-1)
    kept = weight.topk(NEURONS, -1).indices.sort(-1).values
    e = torch.arange(len(kept))[:, None]
    pairs = torch.stack([2 * kept, 2 * kept + 1], -1).flatten(1)  # gate and up lie side by side
    gate_up = torch.einsum("hk,h,ehf->ekf", p, norm, experts.gate_up_proj)
    return {of + "gate_up_proj": torch.stack([g[:, i] for g, i in zip(gate_up, pairs)]),
            of + "gate_up_proj_bias": experts.gate_up_proj_bias[e, pairs],
            of + "down_proj": experts.down_proj[e, kept] @ p, of + "down_proj_bias": experts.down_proj_bias @ p}


def save(model, out):
    """Plain tensors: after decoding MXFP4 `save_pretrained` would lose the experts."""
    Path(out).mkdir(parents=True, exist_ok=True)
    save_file({n: v.contiguous() for n, v in model.state_dict().items()}, Path(out) / "model.safetensors", metadata={"format": "pt"})
    model.config.save_pretrained(out)


def ship(checkpoint):
    """public/models/mini-student: the weights quantised, with the tokenizer and the template of the bundled model."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        shutil.copyfile(MODEL / name, OUT / name)
    export.write(checkpoint, OUT, train.config(WIDTH, NEURONS))
    size = (OUT / "model.safetensors").stat().st_size
    assert size <= 1_500_000, size


def measure_shipped(seeds):
    """All held-out questions: as it ships, after the recommended run on the data set's rows, and on those rows without their thoughts."""
    from evaluate import evaluate
    from lora import finetune, load_rows
    settings = json.loads((OUT / "settings.json").read_text())["settings"]
    evaluate(export.load_shipped(OUT), "The student")
    for seed in seeds:
        for thoughts in (True, False):
            tuned, _ = finetune(settings, seed, load_rows(thoughts), OUT)
            evaluate(tuned, f"Seed {seed}, rows {'with' if thoughts else 'without'} thoughts")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["prune", "heal", "ship", "measure"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--from", dest="base", default=str(MODEL))
    parser.add_argument("--start")
    parser.add_argument("--out")
    parser.add_argument("--checkpoint")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.what == "prune":
        save(prune(train.load(args.base).eval(), args.seed), args.out)
    elif args.what == "heal":
        model = train.load(args.start, train.config(WIDTH, NEURONS))
        train.train(model, args.out, 5, 0, args.steps, args.seed)
    elif args.what == "ship":
        ship(args.checkpoint)
    else:
        measure_shipped(args.seeds)
