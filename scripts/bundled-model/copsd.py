"""Self-distillation across languages on the shipped model, in torch: real PEFT, the loss of the published scripts.

    python scripts/bundled-model/copsd.py [--seeds 1 2 3] [--baseline 8]

The student (adapter on, the problem alone) writes; the teacher (adapter off, with the English problem and solution)
says what it holds likely at each of the student's tokens; the loss is forward KL over the vocabulary. `--baseline`
spends as many answers on GRPO with a reward for the right number.
"""

import argparse
import json
import re
import time

import torch
from peft import LoraConfig, get_peft_model

import crosslingual
from corpus import prompt, system_message
from crosslingual import Problem
from dataset import OUT as DATA
from train import PAD, TOKENIZER

SYSTEM = system_message("2026-11-22")
END = TOKENIZER.token_to_id("<|return|>")
REPLY = re.compile(r"^[^<]*<\|end\|><\|start\|>assistant<\|channel\|>final<\|message\|>[^<]*\\boxed\{(\d+)\}[^<]*<\|return\|>")
LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj"]
EXPERTS = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]


def load_rows(name, language="sw"):
    """(problem, number) of every row of a data set file."""
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf8").splitlines()]
    return [(Problem(language, row["problem" if language == "en" else f"problem_{language}"], "", "", row["problem"],
                     row["solution"]), row["Answer"]) for row in rows]


def prompts(rows, role, short=False):
    """Ids of what stands before the first generated id. role: student, teacher, or asked (without the label)."""
    out = []
    for problem, _ in rows:
        s = crosslingual.SHORT[problem.language] if short else crosslingual.page_strings(problem.language)
        turn = crosslingual.teacher_turn(problem, s) if role == "teacher" else crosslingual.student_turn(problem, s, role == "student")
        out.append(TOKENIZER.encode(crosslingual.opened(turn, s["think_prefix"], SYSTEM)).ids)
    return out


def padded(rows, left):
    width = max(map(len, rows))
    return torch.tensor([[PAD] * (width - len(r)) + r if left else r + [PAD] * (width - len(r)) for r in rows])


@torch.no_grad()
def write(model, ids, max_new=90, **how):
    """What the model writes after every prompt, up to its end."""
    was, out = model.training, []
    model.eval()
    for at in range(0, len(ids), 160):
        batch = padded(ids[at:at + 160], left=True)
        made = model.generate(input_ids=batch, attention_mask=(batch != PAD).long(), max_new_tokens=max_new, **(how or {"do_sample": False}))
        for row in made[:, batch.shape[1]:].tolist():
            out.append(row[:row.index(END) + 1] if END in row else row)
    model.train(was)
    return out


def right(reply, number):
    match = REPLY.match(TOKENIZER.decode(reply, skip_special_tokens=False))
    return bool(match) and match.group(1) == number


def score(model, rows, role, short=False):
    replies = write(model, prompts(rows, role, short))
    return 100 * sum(right(reply, n) for reply, (_, n) in zip(replies, rows)) / len(rows)


def watch(model, n=40):
    """While pre-training: per cent right."""
    rows = load_rows("copsd-heldout.jsonl")[:n]
    print("    student {:.0f}, teacher {:.0f}, with the longer strings {:.0f}".format(
        score(model, rows, "student", True), score(model, rows, "teacher", True), score(model, rows, "teacher")), flush=True)


# -- Training ---------------------------------------------------------------------------------------------------

def adapted(seed):
    from export import load_shipped
    torch.manual_seed(seed)
    lora = LoraConfig(r=8, lora_alpha=16, target_modules=LAYERS, target_parameters=EXPERTS, lora_dropout=0.0, task_type="CAUSAL_LM")
    return get_peft_model(load_shipped(), lora).train()


def logits_at(model, before, replies):
    """[tokens of all replies, vocabulary]: what is predicted at each of them after its prompt."""
    rows = [p + c for p, c in zip(before, replies)]
    ids = padded(rows, left=False)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        mask[i, :len(row)] = 1
    found = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
    return torch.cat([found[i, len(p) - 1:len(p) + len(c) - 1] for i, (p, c) in enumerate(zip(before, replies))])


def divergence(teacher, student, temperature, clip):
    """Forward KL at each token, each entry of the vocabulary counting for at most `clip`."""
    t, s = (torch.log_softmax(x / temperature, -1) for x in (teacher, student))
    entries = t.exp() * (t - s)
    return (entries if clip is None else entries.clamp(max=clip)).sum(-1)


def advantages(rewards, size):
    """Of groups of `size`, with their spread; a group without spread says nothing."""
    r = torch.tensor(rewards).view(-1, size)
    spread = r.std(-1, keepdim=True)
    return torch.where(spread > 0, (r - r.mean(-1, keepdim=True)) / (spread + 1e-4), 0).flatten()


def policy_loss(model, rows, picked, before, replies, group):
    """GRPO's loss where every answer is learned from once; None where no group has a spread."""
    gain = advantages([float(right(c, rows[i][1])) for i, c in zip(picked, replies)], group)
    kept = [i for i in range(len(gain)) if gain[i] != 0]
    if not kept:
        return None
    ids = torch.tensor([t for i in kept for t in replies[i]])
    logps = torch.log_softmax(logits_at(model, [before[i] for i in kept], [replies[i] for i in kept]), -1)
    weights = torch.cat([gain[i].expand(len(replies[i])) for i in kept])
    return -(weights * logps[torch.arange(len(ids)), ids]).sum() / sum(map(len, replies))


def distillation_loss(model, told_by, before, replies, clip):
    with torch.no_grad(), model.disable_adapter():
        told = logits_at(model, told_by, replies)
    return divergence(told, logits_at(model, before, replies), 1.1, clip).mean()


def tune(rows, seed, o, look):
    """`o`: steps, answers a step (batch), lr, clip, short, every; `baseline`: GRPO of so many answers a problem."""
    model, group = adapted(seed), o.baseline
    params = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(params, o.lr, betas=(0.9, 0.99), weight_decay=0.0)
    student, teacher = prompts(rows, "asked" if group else "student", o.short), prompts(rows, "teacher", o.short)
    draws = {"temperature": 1.0, "top_p": 1.0, "top_k": 0} if group else {"temperature": 1.1, "top_p": 0.95, "top_k": 20}
    started, spent, order = time.time(), 0, []
    for step in range(1, o.steps + 1):
        picked = []
        while len(picked) < o.batch:
            order = order or torch.randperm(len(rows)).tolist()
            picked += [order.pop()] * max(1, group)
        before = [student[i] for i in picked]
        replies = write(model, before, do_sample=True, **draws)
        spent += sum(map(len, replies))
        optimiser.param_groups[0]["lr"] = o.lr * min(1, step / 5)
        loss = (policy_loss(model, rows, picked, before, replies, group) if group
                else distillation_loss(model, [teacher[i] for i in picked], before, replies, o.clip))
        if loss is not None:
            loss.backward()
            torch.nn.utils.clip_grad_norm_(params, 1.0)
            optimiser.step()
            optimiser.zero_grad()
        if step % o.every == 0 or step == o.steps:
            print(f"  step {step}, {time.time() - started:.0f} s, {spent} tokens: {look(model)}", flush=True)
    return model


def report(model, held, short, others=True):
    parts = [f"student {score(model, held['sw'], 'student', short):.1f}", f"without label {score(model, held['sw'], 'asked', short):.1f}"]
    if others:
        parts += [f"{language} {score(model, rows, 'student', short):.1f}" for language, rows in held.items() if language != "sw"]
        parts.append("old questions: English {:.1f}, right {:.1f}".format(*old_questions(model)))
    return ", ".join(parts)


def old_questions(model, n=160):
    """Of the five languages' held-out questions: per cent that think in English, and right ones."""
    from evaluate import HELD, judge, replies
    asked = HELD["questions"][::len(HELD["questions"]) // n]
    verdicts = [judge(q, t) for q, t in zip(asked, replies(model, [prompt(q["user"], q["reasoning_language"], SYSTEM) for q in asked]))]
    return [100 * sum(v[k] for v in verdicts) / len(verdicts) for k in ("english", "right")]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=32, help="answers a step")
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--clip", type=float, default=None)
    parser.add_argument("--others", type=int, default=0, help="rows of other languages, in a hundred")
    parser.add_argument("--short", action="store_true", help="the shorter strings")
    parser.add_argument("--baseline", type=int, default=0, metavar="N", help="GRPO of N answers a problem instead")
    parser.add_argument("--every", type=int, default=20)
    parser.add_argument("--n", type=int, default=150, help="held-out problems")
    parser.add_argument("--threads", type=int, default=1)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    from export import load_shipped
    print(vars(o))
    held = {language: load_rows("copsd-heldout.jsonl", language)[:o.n] for language in ("sw", "en", "de", "es", "fr")}
    base = load_shipped()
    print(f"before: {report(base, held, o.short)}, teacher {score(base, held['sw'], 'teacher', o.short):.1f}", flush=True)
    rows = load_rows("copsd.jsonl")
    for k, language in enumerate(("de", "es", "fr", "en")):
        rows += load_rows("copsd.jsonl", language)[k::4][:len(load_rows("copsd.jsonl")) * o.others // 400]
    for seed in o.seeds:
        print(f"seed {seed}", flush=True)
        model = tune(rows, seed, o, lambda m: report(m, held, o.short, others=False))
        print(f"  after: {report(model, held, o.short)}", flush=True)
