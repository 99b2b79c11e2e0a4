"""Fine-tunes the shipped model with the recommended run: real PEFT, TRL's batches, masks and schedule.

    python scripts/bundled-model/lora.py --out <adapter folder> [--seed 1]

The run is read from public/models/mini/settings.json, so what is measured is what is recommended. Loss on assistant
tokens only, from `<|start|>assistant` on, as TRL's gpt-oss training template masks them.
"""

import argparse
import json
import math
import time

import torch
from peft import LoraConfig, get_peft_model

import corpus
from dataset import OUT as DATA
from export import load_shipped
from train import MODEL, PAD, TOKENIZER, pad

SYSTEM = corpus.system_message("2025-08-05")


def encode(row, thoughts=True):
    """(ids, labels) of one dataset row."""
    messages = {m["role"]: m for m in row["messages"]}
    developer = messages.get("system")
    head = f"<|start|>developer<|message|># Instructions\n\n{developer['content']}\n\n<|end|>" if developer else ""
    before = f"{SYSTEM}{head}<|start|>user<|message|>{row['user']}<|end|>"
    thought = f"<|start|>assistant<|channel|>analysis<|message|>{row['analysis']}<|end|>" if thoughts else ""
    after = f"{thought}<|start|>assistant<|channel|>final<|message|>{row['final']}<|return|>"
    a, b = TOKENIZER.encode(before).ids, TOKENIZER.encode(after).ids
    return a + b, [-100] * len(a) + b


def rate(t, total, warmup, minimum):
    """transformers' cosine_with_min_lr; the first step of a warm-up has rate 0."""
    if t < warmup:
        return t / warmup
    progress = (t - warmup) / max(1, total - warmup)
    return 0.5 * (1 + math.cos(math.pi * progress)) * (1 - minimum) + minimum


def flop(model, tokens):
    """4 FLOP per active weight and token: 2 forward, 2 backward to the activations. Attention scores not counted."""
    c = model.config
    per_layer = (2 * c.num_attention_heads + 2 * c.num_key_value_heads) * c.head_dim * c.hidden_size
    per_layer += c.num_experts_per_tok * 3 * c.hidden_size * c.intermediate_size + c.num_local_experts * c.hidden_size
    return 4 * (c.num_hidden_layers * per_layer + c.vocab_size * c.hidden_size) * tokens


def finetune(settings, seed, rows, folder=MODEL):
    torch.manual_seed(seed)
    model = load_shipped(folder)
    lora = LoraConfig(r=settings["r"], lora_alpha=settings["lora_alpha"], target_modules=settings["target_modules"],
                      lora_dropout=0.0, task_type="CAUSAL_LM")
    model = get_peft_model(model, lora).train()
    params = [p for p in model.parameters() if p.requires_grad]
    peak, batch = settings["learning_rate"], settings["per_device_train_batch_size"]
    optimiser = torch.optim.AdamW(params, peak, betas=(settings["adam_beta1"], settings["adam_beta2"]),
                                  weight_decay=settings["weight_decay"])
    total = settings.get("max_steps", -1)
    total = total if total > 0 else math.ceil(settings["num_train_epochs"] * len(rows) / batch)
    order = [i for _ in range(math.ceil(total * batch / len(rows))) for i in torch.randperm(len(rows)).tolist()]
    tokens, losses, started = 0, [], time.time()
    for t in range(total):
        picked = [rows[i] for i in order[t * batch:(t + 1) * batch]]
        ids, labels = pad(picked)
        tokens += sum(len(r[0]) for r in picked)
        optimiser.param_groups[0]["lr"] = peak * rate(
            t, total, settings["warmup_steps"], settings["lr_scheduler_kwargs"]["min_lr_rate"])
        loss = model(input_ids=ids, attention_mask=(ids != PAD).long(), labels=labels, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, settings["max_grad_norm"])
        optimiser.step()
        optimiser.zero_grad()
        losses.append(round(loss.item(), 4))
    gflop = flop(model.get_base_model(), tokens) / 1e9
    print(f"seed {seed}: {total} steps, {tokens} tokens, {gflop:.0f} GFLOP, {time.time() - started:.1f} s, "
          f"{sum(p.numel() for p in params):,} trained, loss {losses[:3]} .. {losses[-3:]}")
    return model.eval(), losses


def load_rows(thoughts=True):
    rows = [encode(json.loads(line), thoughts) for line in (DATA / "train.jsonl").read_text(encoding="utf8").splitlines()]
    lengths = [len(r[0]) for r in rows]
    print(f"{len(rows)} rows, {sum(lengths) / len(rows):.1f} tokens on average, {max(lengths)} at most, "
          f"{sum(sum(x >= 0 for x in r[1]) for r in rows)} of {sum(lengths)} in the loss")
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(2)
    settings = json.loads((MODEL / "settings.json").read_text())["settings"]
    finetune(settings, args.seed, load_rows())[0].save_pretrained(args.out)
