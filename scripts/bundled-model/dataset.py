"""Writes public/datasets/mini: the fine-tuning rows (train.jsonl), the held-out questions (heldout.json), and the
problems of self-distillation across languages (copsd.jsonl, copsd-heldout.jsonl).

Rows have the columns of HuggingFaceH4/Multilingual-Thinking. No row uses a held-out country, a held-out number pair
or a held-out pair of languages (question -> reasoning); every held-out question uses at least one of them.
"""

import json
import random
import re
from pathlib import Path

import corpus
import crosslingual
from corpus import FACTS, HELD_PAIRS, instruction
from phrases import ENGLISH_NAME, LANGUAGES, PHRASES, RELATIONS

OUT = Path(__file__).parents[2] / "public/datasets/mini"
HELD_LANGUAGE_PAIRS = {("es", "de"), ("fr", "it"), ("de", "fr"), ("it", "es"), ("de", "en")}
RNG = random.Random(2024)
HELD_COUNTRIES = sorted(RNG.sample([f["code"] for f in FACTS], 40))
SEEN = [f for f in FACTS if f["code"] not in HELD_COUNTRIES]
HELD = [f for f in FACTS if f["code"] in HELD_COUNTRIES]
ROWS, NONE_SHARE, ARITHMETIC_SHARE = 600, 0.10, 0.25
COPSD_ROWS, COPSD_HELD, COPSD_LANGUAGES = 500, 150, ["sw", "de", "es", "fr"]
SAME_PER_LANGUAGE, MIXED_PER_PAIR, NONE_PER_LANGUAGE = 120, 12, 24


def plan():
    """(asked, thought, requested) of every row: a tenth asks for no language, half of the rest is in one language."""
    allowed = {t: [a for a in LANGUAGES if a != t and (a, t) not in HELD_LANGUAGE_PAIRS] for t in LANGUAGES}
    none = round(ROWS * NONE_SHARE)
    cells = [(LANGUAGES[i % 5], "en", None) for i in range(none)]
    for i in range(ROWS - none):
        thought = LANGUAGES[i % 5]
        asked = thought if (i // 5) % 2 == 0 else allowed[thought][(i // 10) % len(allowed[thought])]
        cells.append((asked, thought, thought))
    RNG.shuffle(cells)
    return cells


def rows():
    seen, out = set(), []
    for asked, thought, requested in plan():
        while True:
            if RNG.random() < ARITHMETIC_SHARE:
                item = corpus.random_arithmetic(RNG, *corpus.random_pair(RNG), asked, thought)
            else:
                item = corpus.random_geography(RNG, SEEN, asked, thought)
            if (item.user, requested) not in seen:
                break
        seen.add((item.user, requested))
        out.append(row(item, requested))
    return out


def row(item, requested):
    system = [message("system", instruction(requested))] if requested else []
    return {"reasoning_language": ENGLISH_NAME[requested] if requested else None, "developer": "", "user": item.user,
            "analysis": item.analysis, "final": item.final, "messages": [
                *system, message("user", item.user), message("assistant", item.final, item.analysis)]}


def message(role, content, thinking=None):
    return {"role": role, "content": content, "thinking": thinking}


def questions():
    """Held-out questions: `same`, `mixed` (all 20 pairs) and `none` (no language asked for, English expected)."""
    same = [("same", t, t) for t in LANGUAGES for _ in range(SAME_PER_LANGUAGE)]
    mixed = [("mixed", a, t) for a in LANGUAGES for t in LANGUAGES if a != t for _ in range(MIXED_PER_PAIR)]
    none = [("none", a, None) for a in LANGUAGES for _ in range(NONE_PER_LANGUAGE)]
    seen, out = set(), []
    for i, (group, asked, requested) in enumerate(same + mixed + none):
        while True:
            item = held_item(i, asked, requested or "en")
            if (item.user, requested) not in seen:
                break
        seen.add((item.user, requested))
        held = ["country" if item.topic == "geography" else "number pair"]
        if (asked, requested) in HELD_LANGUAGE_PAIRS:
            held.append("language pair")
        out.append({"set": group, "topic": item.topic, "relation": item.relation, "question_language": asked,
                    "reasoning_language": requested, "user": item.user, "analysis": item.analysis,
                    "final": item.final, "held_out": held})
    return out


def held_item(i, asked, thought):
    """A quarter arithmetic, the rest evenly over the four relations."""
    if i % 4 == 0:
        return corpus.random_arithmetic(RNG, *RNG.sample(RNG.choice(sorted(HELD_PAIRS)), 2), asked, thought)
    return corpus.geography(RNG.choice(HELD), RELATIONS[(i + i // 4) % 4], asked, thought, RNG.randrange(3))


def problems():
    """Sums in Swahili words, with the problem in other languages and the English solution, in the columns of the
    published sets. Training problems have no held-out number pair, held-out problems nothing else."""
    rng = random.Random(14)
    pairs = [(a, b) for a in corpus.NUMBERS for b in corpus.NUMBERS]
    held = rng.sample([p for p in pairs if corpus.is_held(*p)], COPSD_HELD)
    return [[problem(a, b, i) for i, (a, b) in enumerate(chosen)]
            for chosen in (rng.sample([p for p in pairs if not corpus.is_held(*p)], COPSD_ROWS), held)]


def problem(a, b, wording):
    fields = corpus.sum_fields(a, b)
    asked = {language: crosslingual.sum_problem(fields, language, wording) for language in ("en", *COPSD_LANGUAGES)}
    return {"problem": asked["en"].asked, "solution": asked["en"].solution, "Answer": str(a + b), "source": "mini",
            **{f"problem_{language}": asked[language].asked for language in COPSD_LANGUAGES}}


def unique_words():
    """Per language the lower-case words that occur in its sentences and names, and in no other language's."""
    found = {language: set() for language in LANGUAGES}
    for language in LANGUAGES:
        fields = [corpus.country_fields(f, language) for f in FACTS]
        texts = []
        for relation in RELATIONS:
            for template in (*PHRASES[language][relation]["ask"], PHRASES[language][relation]["think"],
                             PHRASES[language][relation]["answer"]):
                texts += [template.format(**f) for f in fields]
        for asked in LANGUAGES:
            item = corpus.arithmetic(11, 12, asked, language, 0)
            texts.append(item.analysis)
        for wording in range(3):
            for kind in range(5):
                item = corpus.arithmetic(11, 12, language, language, wording, item=kind)
                texts += [item.user.replace(corpus.PEOPLE[0], ""), re.sub(r"\\boxed", "", item.final)]
        found[language] = {w for text in texts for w in re.findall(r"[^\W\d_]+", text.lower())}
    return {a: sorted(w for w in found[a] if all(w not in found[b] for b in LANGUAGES if b != a)) for a in LANGUAGES}


def dump(value):
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "train.jsonl").write_text("".join(dump(r) + "\n" for r in rows()), encoding="utf8")
    for name, chosen in zip(("copsd.jsonl", "copsd-heldout.jsonl"), problems()):
        (OUT / name).write_text("".join(dump(row) + "\n" for row in chosen), encoding="utf8")
    held, words = questions(), unique_words()
    body = ",\n".join("  " + dump(q) for q in held)
    listed = ",\n".join(f'  "{k}": {dump(v)}' for k, v in words.items())
    (OUT / "heldout.json").write_text(f'{{"questions": [\n{body}\n],\n"words": {{\n{listed}\n}}}}\n', encoding="utf8")
    print(f"{len(held)} questions, unique words:", {k: len(v) for k, v in words.items()},
          f"; held out: {len(HELD)} of {len(FACTS)} countries, {len(HELD_PAIRS)} number pairs")
