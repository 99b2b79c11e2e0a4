"""Pre-trains the model from random weights: real transformers `GptOssForCausalLM`, CPU, four seeded phases.

    python scripts/bundled-model/train.py --phase 1 --steps 1500 --out <folder 1>
    python scripts/bundled-model/train.py --phase 2 --minutes 32 --start <folder 1> --out <folder 2>
    python scripts/bundled-model/train.py --phase 3 --minutes 15 --start <folder 2> --out <folder 3>
    python scripts/bundled-model/train.py --phase 4 --minutes 12 --start <folder 3> --out <folder 4>

With `--minutes` the schedule follows the clock, so that the run fits a time budget; `--steps` repeats a run of known
length. Matrices of attention and experts are trained with Muon
(momentum orthogonalised by five Newton-Schulz iterations), everything else with AdamW: at this size that reached
a lower loss than AdamW alone in the same time.
"""

import argparse
import json
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import GptOssConfig, GptOssForCausalLM, Mxfp4Config
from transformers.integrations.moe import ALL_EXPERTS_FUNCTIONS

from corpus import PROMPTED, Corpus

MODEL = Path(__file__).parents[2] / "public/models/mini"
TOKENIZER = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
CHANNEL, MESSAGE, END, PAD = (TOKENIZER.token_to_id(f"<|{s}|>") for s in ("channel", "message", "end", "endoftext"))
SYSTEM = TOKENIZER.encode("system").ids
TOKENS_PER_BATCH, POOL = 3072, 4096
LR_MUON, LR_ADAM, WARMUP, FLOOR = 0.02, 4e-3, 0.02, 0.02
RATE = {1: 1.0, 2: 1.0, 3: 0.8, 4: 0.6, 5: 1.0}


def config(width=128, neurons=128):
    """The bundled model's; the student (student.py) is narrower and its experts are smaller."""
    return GptOssConfig(
        vocab_size=TOKENIZER.get_vocab_size(), hidden_size=width, intermediate_size=neurons, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=2, head_dim=32, num_local_experts=4, num_experts_per_tok=2,
        sliding_window=64, max_position_embeddings=2048, rms_norm_eps=1e-5, tie_word_embeddings=False,
        layer_types=["sliding_attention", "full_attention"] * 2, rope_parameters={
            "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 512,
            "beta_fast": 32.0, "beta_slow": 1.0, "truncate": False},
        bos_token_id=TOKENIZER.token_to_id("<|startoftext|>"), eos_token_id=TOKENIZER.token_to_id("<|return|>"),
        pad_token_id=PAD, attention_dropout=0.0, use_cache=True)


def labels_of(ids, kind, prefix="", translates=True):
    """Next-token labels: none on the system message (its date is noise), in a `begun` document none on the thought's
    first token, and none on a prefix: so the model never learns to begin a thought in another language. `translates`
    false: a privileged document has loss on its reply alone."""
    labels = list(ids)
    if kind in PROMPTED:
        if ids[1:1 + len(SYSTEM)] == SYSTEM:
            end = ids.index(END)
            labels[:end] = [-100] * end
        opened = len(TOKENIZER.encode(prefix).ids) if prefix else int(kind == "begun")
        at = ids.index(MESSAGE, ids.index(CHANNEL)) + 1
        quiet = 0 if kind == "privileged" and not translates else at
        labels[quiet:at + opened] = [-100] * (at + opened - quiet)
    return labels


def batches(corpus):
    """Endless (ids, labels) of documents of similar length, right-padded, about TOKENS_PER_BATCH each."""
    while True:
        docs = [corpus.document() for _ in range(POOL)]
        encoded = TOKENIZER.encode_batch([text for text, _, _ in docs])
        rows = sorted(((e.ids, labels_of(e.ids, *of, corpus.mix.translates)) for e, (_, *of) in zip(encoded, docs)), key=lambda r: len(r[0]))
        groups, i = [], 0
        while i < len(rows):
            n = max(1, TOKENS_PER_BATCH // len(rows[min(i + 16, len(rows) - 1)][0]))
            groups.append(rows[i:i + n])
            i += n
        corpus.rng.shuffle(groups)
        for group in groups:
            yield pad(group)


def pad(rows):
    width = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), width), PAD)
    labels = torch.full((len(rows), width), -100)
    for i, (row, label) in enumerate(rows):
        ids[i, :len(row)] = torch.tensor(row)
        labels[i, :len(row)] = torch.tensor(label)
    return ids, labels


def dense_experts(self, x, picked, weights):
    """Every expert on every token, weight zero where it was not picked: twice the arithmetic of top-2 of 4, but one
    batched product that compiles well. Equal to the library's own loop."""
    full = torch.zeros(x.shape[0], self.num_experts, dtype=x.dtype).scatter(1, picked, weights.to(x.dtype))
    z = torch.einsum("th,ehf->etf", x, self.gate_up_proj) + self.gate_up_proj_bias[:, None]
    y = torch.einsum("etf,efh->eth", self._apply_gate(z), self.down_proj) + self.down_proj_bias[:, None]
    return torch.einsum("eth,te->th", y, full)


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for matrices [.., in, out]; the experts' leading dimension is a batch."""

    def __init__(self, params, lr, momentum=0.95):
        super().__init__(params, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p)).lerp_(p.grad, 1 - group["momentum"])
                update = orthogonalise(p.grad.lerp(m, group["momentum"]))
                p.add_(update, alpha=-group["lr"] * max(1, p.size(-2) / p.size(-1)) ** 0.5)


def orthogonalise(g, a=3.4445, b=-4.7750, c=2.0315):
    x = g.mT if g.size(-2) > g.size(-1) else g
    x = (x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)).bfloat16()
    for _ in range(5):
        xx = x @ x.mT
        x = a * x + (b * xx + c * xx @ xx) @ x
    return (x.mT if g.size(-2) > g.size(-1) else x).float()


def optimisers(model):
    matrix = lambda n, p: p.ndim >= 2 and ("proj" in n) and not n.endswith("bias")
    named = list(model.named_parameters())
    muon = Muon([p for n, p in named if matrix(n, p)], LR_MUON)
    adam = torch.optim.AdamW([p for n, p in named if not matrix(n, p)], LR_ADAM, betas=(0.9, 0.98), weight_decay=0.05)
    return muon, adam


def schedule(progress, phase):
    """Linear warm-up and flat; phases 2, 4 and 5 fall linearly to FLOOR over their last two thirds."""
    if progress < WARMUP:
        return progress / WARMUP
    return 1.0 if phase in (1, 3) else max(FLOOR, min(1.0, 1.5 * (1 - progress)))


def system_share(phase, progress):
    late = 0.2 if progress < 0.5 else 0.8
    return {1: 0.2, 2: late, 3: 0.25, 4: 0.7, 5: late}[phase]


def load(start, shape=None):
    """A model with the weights of a checkpoint folder, also of the shipped one. Always made anew: after decoding MXFP4
    `save_pretrained` would lose the experts."""
    model = GptOssForCausalLM(shape or config())
    if start:
        quantised = "quantization_config" in json.loads((Path(start) / "config.json").read_text())
        how = {"quantization_config": Mxfp4Config(dequantize=True), "dtype": torch.bfloat16} if quantised else {}
        model.load_state_dict(GptOssForCausalLM.from_pretrained(start, **how).float().state_dict())
    return model


def train(model, out, phase, minutes, steps, seed, watch=None):
    model.set_attn_implementation("eager")
    ALL_EXPERTS_FUNCTIONS.register("dense", dense_experts)
    model.set_experts_implementation("dense")
    loss_of = torch.compile(lambda ids, labels: model(
        input_ids=ids, attention_mask=(ids != PAD).long(), labels=labels, use_cache=False).loss, dynamic=True)
    pair, corpus = optimisers(model), Corpus(seed, phase)
    started, tokens, step, losses = time.time(), 0, 0, []
    stream = batches(corpus)
    while True:
        progress = step / steps if steps else (time.time() - started) / (60 * minutes)
        if progress >= 1:
            break
        corpus.system_share = system_share(phase, progress)
        ids, labels = next(stream)
        for optimiser, lr in zip(pair, (LR_MUON, LR_ADAM)):
            optimiser.param_groups[0]["lr"] = lr * RATE[phase] * schedule(progress, phase)
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(ids, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in pair:
            optimiser.step()
            optimiser.zero_grad()
        tokens += ids.numel()
        step += 1
        losses.append(loss.item())
        if step % 100 == 0:
            seconds = time.time() - started
            print(f"{step} {seconds:.0f}s {tokens / 1e6:.2f}M {tokens / seconds:.0f} tok/s "
                  f"loss {sum(losses[-100:]) / 100:.4f}", flush=True)
        if step % 500 == 0:
            model.save_pretrained(out)
        if watch and step % 250 == 0:
            watch(model)
            model.save_pretrained(out)
    model.save_pretrained(out)
    summary = {"phase": phase, "seed": seed, "steps": step, "tokens_with_padding": tokens, "seconds": round(time.time() - started),
               "loss_last_100": round(sum(losses[-100:]) / len(losses[-100:]), 4)}
    (Path(out) / "training.json").write_text(json.dumps(summary, indent=2) + "\n")
    print(summary)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--phase", type=int, choices=[1, 2, 3, 4], required=True)
    parser.add_argument("--start", help="the folder of the phase before, or the shipped model's")
    parser.add_argument("--watch", action="store_true", help="phases 3 and 4: score student and teacher now and then")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    watch = __import__("copsd").watch if args.watch else None
    torch.manual_seed(args.seed)
    train(load(args.start), args.out, args.phase, args.minutes, args.steps, args.seed, watch)
