"""Asks every held-out question, greedily, of the shipped (quantised) model, before and after fine-tuning.

    python scripts/bundled-model/evaluate.py [--seeds 1 2]

Language of a thought: the language that owns at least 80 % of the thought's words that only one language of this
world has (`words` in heldout.json). `right`: the final message equals the expected one, letter for letter.
"""

import argparse
import json
import re
from collections import defaultdict

import torch

import corpus
from dataset import OUT as DATA
from export import load_shipped
from lora import finetune, load_rows
from phrases import LANGUAGES
from train import MODEL, PAD, TOKENIZER

HELD = json.loads((DATA / "heldout.json").read_text(encoding="utf8"))
SYSTEM = corpus.system_message("2026-11-22")
OWNER = {word: language for language, words in HELD["words"].items() for word in words}
REPLY = re.compile(r"(?:<\|channel\|>analysis<\|message\|>(.*?)<\|end\|><\|start\|>assistant)?<\|channel\|>final"
                   r"<\|message\|>(.*?)<\|return\|>", re.S)


def language_of(text):
    owners = [OWNER[w] for w in re.findall(r"[^\W\d_]+", text.lower()) if w in OWNER]
    best = max(LANGUAGES, key=owners.count)
    return best if owners and owners.count(best) >= 0.8 * len(owners) else None


@torch.no_grad()
def replies(model, prompts, batch=160):
    encoded = [TOKENIZER.encode(p).ids for p in prompts]
    order, texts = sorted(range(len(prompts)), key=lambda i: len(encoded[i])), [None] * len(prompts)
    for at in range(0, len(order), batch):
        group = order[at:at + batch]
        width = max(len(encoded[i]) for i in group)
        ids = torch.tensor([[PAD] * (width - len(encoded[i])) + encoded[i] for i in group])
        out = model.generate(input_ids=ids, attention_mask=(ids != PAD).long(), do_sample=False, max_new_tokens=110)
        for i, row in zip(group, out[:, width:].tolist()):
            texts[i] = TOKENIZER.decode(row, skip_special_tokens=False)
    return texts


def judge(question, text):
    match = REPLY.match(text)
    if not match:
        return {"format": 0, "language": 0, "english": 0, "thought": 0, "right": 0}
    thought, final = match.group(1) or "", match.group(2)
    spoken = language_of(thought)
    return {"format": 1, "language": spoken == (question["reasoning_language"] or "en"), "english": spoken == "en",
            "thought": thought == question["analysis"], "right": final == question["final"]}


def evaluate(model, label):
    questions = HELD["questions"]
    prompts = [corpus.prompt(q["user"], q["reasoning_language"], SYSTEM) for q in questions]
    texts, cells = replies(model, prompts), defaultdict(list)
    for q, text in zip(questions, texts):
        verdict = judge(q, text)
        cells[q["set"], "all"].append(verdict)
        cells[q["set"], q["reasoning_language"] or "none"].append(verdict)
        cells[q["set"], q["topic"]].append(verdict)
        if "language pair" in q["held_out"]:
            cells[q["set"], "held-out language pair"].append(verdict)
    print(f"\n### {label}\n\n| set | requested | n | in that language | English | thought exact | answer right | format |"
          "\n|---|---|---|---|---|---|---|---|")
    for (group, name), verdicts in cells.items():
        share = {k: f"{100 * sum(v[k] for v in verdicts) / len(verdicts):.1f}" for k in verdicts[0]}
        print(f"| {group} | {name} | {len(verdicts)} | {share['language']} | {share['english']} | {share['thought']} "
              f"| {share['right']} | {share['format']} |", flush=True)
    return [(q, t) for q, t in zip(questions, texts) if not judge(q, t)["right"]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--show", type=int, default=0, help="print this many wrong replies of each evaluation")
    args = parser.parse_args()
    torch.set_num_threads(2)
    settings = json.loads((MODEL / "settings.json").read_text())["settings"]
    runs = [("Before fine-tuning", load_shipped)]
    runs += [(f"After fine-tuning, seed {s}", lambda s=s: finetune(settings, s, load_rows())[0]) for s in args.seeds]
    for label, make in runs:
        for question, text in evaluate(make(), label)[:args.show]:
            print(f"    {question['user']} -> {text}")
