"""The synthetic corpus: questions, thoughts and answers of the world, and the documents made of them.

One `Item` is a question in one language, a thought in another (or the same) and an answer in the question's
language. `Corpus.document` turns items into training documents of five kinds (see PHASES). Everything is drawn
from one seeded generator; nothing is stored. Number pairs in HELD_PAIRS never occur here at all, neither as a
question nor inside a worked step. Countries are not held out of this corpus: dataset.py holds them out of the
fine-tuning rows. The third and fourth phases add Swahili and prompts that open the thought (crosslingual.py).
"""

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

import crosslingual
from phrases import ENGLISH_NAME, LANGUAGES, PEOPLE, PHRASES, RELATIONS

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "facts.json").read_text(encoding="utf8"))
NUMBERS = range(11, 50)
IDENTITY = "You are Mother Tongue mini."


def _held_pairs():
    """15 % of the unordered pairs, none with a multiple of ten: so no worked step (20+30, 50+16) is one of them."""
    pairs = [(a, b) for a in NUMBERS for b in NUMBERS if a <= b and a % 10 and b % 10]
    return frozenset(random.Random(7).sample(pairs, round(0.15 * len(pairs))))


HELD_PAIRS = _held_pairs()


def is_held(a, b):
    return (min(a, b), max(a, b)) in HELD_PAIRS


@dataclass(frozen=True)
class Item:
    topic: str  # "geography" or "arithmetic"
    relation: str
    subject: tuple  # (country code,) or (a, b)
    asked: str  # language of the question and of the answer
    thought: str  # language of the thought
    user: str
    analysis: str
    final: str


def country_fields(fact, language):
    return {**fact["country"][language], **{k: fact[k][language] for k in ("capital", "language", "continent")}}


def sum_fields(a, b):
    ta, ua, tb, ub = a - a % 10, a % 10, b - b % 10, b % 10
    return dict(a=a, b=b, ta=ta, tb=tb, ua=ua, ub=ub, t=ta + tb, u=ua + ub, s=a + b)


def _item(topic, relation, subject, asked, thought, wording, ask_fields, think_fields):
    ask, think = PHRASES[asked], PHRASES[thought]
    name = {"asked": think["asked"][asked]}
    analysis = " ".join([
        think["open"].format(**name), think[relation]["think"].format(**think_fields), think["close"].format(**name)])
    return Item(topic, relation, subject, asked, thought, ask[relation]["ask"][wording].format(**ask_fields),
                analysis, ask[relation]["answer"].format(**ask_fields))


def geography(fact, relation, asked, thought, wording):
    return _item("geography", relation, (fact["code"],), asked, thought, wording,
                 country_fields(fact, asked), country_fields(fact, thought))


def arithmetic(a, b, asked, thought, wording, person=0, item=0):
    fields = sum_fields(a, b)
    words = dict(person=PEOPLE[person], items=PHRASES[asked]["items"][item])
    return _item("arithmetic", "sum", (a, b), asked, thought, wording, {**fields, **words}, fields)


def random_arithmetic(rng, a, b, asked, thought):
    return arithmetic(a, b, asked, thought, rng.randrange(3), rng.randrange(len(PEOPLE)), rng.randrange(5))


def random_geography(rng, facts, asked, thought):
    return geography(rng.choice(facts), rng.choice(RELATIONS), asked, thought, rng.randrange(3))


def random_pair(rng):
    while True:
        a, b = rng.choice(NUMBERS), rng.choice(NUMBERS)
        if not is_held(a, b):
            return a, b


# -- Harmony ----------------------------------------------------------------------------------------------------

def instruction(language):
    return f"reasoning language: {ENGLISH_NAME[language]}"


def system_message(date, effort="medium"):
    return (f"<|start|>system<|message|>{IDENTITY}\nKnowledge cutoff: 2024-06\nCurrent date: {date}\n\n"
            f"Reasoning: {effort}\n\n# Valid channels: analysis, commentary, final. "
            "Channel must be included for every message.<|end|>")


def prompt(user, requested, system):
    """Everything up to where the assistant's turn begins. `requested` is a language code or None."""
    developer = f"<|start|>developer<|message|># Instructions\n\n{instruction(requested)}\n\n<|end|>" if requested else ""
    return f"{system}{developer}<|start|>user<|message|>{user}<|end|><|start|>assistant"


def chat(item, requested, system):
    return (prompt(item.user, requested, system) + f"<|channel|>analysis<|message|>{item.analysis}<|end|>"
            f"<|start|>assistant<|channel|>final<|message|>{item.final}<|return|>")


# -- Documents --------------------------------------------------------------------------------------------------

# chat     Harmony, the thought is English whatever language the developer message names (or none, 30 %)
# begun    Harmony, the thought is in the language named; its first token carries no loss, so the model learns to
#          continue such a thought but never to begin one
# control  plain text: "reasoning language: German", question, German thought, answer; teaches the words' meaning
# facts    plain sentences about one country in one language
# drill    number splitting and adding without words
# posed    Harmony, the user's turn is a student's, the thought is in the question's language after its prefix
# swahili  the same with a sum in Swahili
# privileged  the user's turn is a teacher's: the problem, its English translation and solution (or one of them)
@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of document, of arithmetic within chat, begun and control, and of Swahili in privileged,
    and of the shorter strings: the copying that a teacher needs is learned sooner over short distances."""
    kinds: dict
    arithmetic: float
    swahili: float = 0.0
    short: float = 0.0
    # Loss on the prompts of privileged documents too. Without, nothing there teaches what Swahili number words mean.
    translates: bool = True
    # Of begun documents those with loss on the thought's first token too: so few that the model still begins in English.
    begins: float = 0.0


# Arithmetic is learned first and quickly; the second phase spends its documents on the many facts.
PHASES = {
    1: Mix({"chat": 0.36, "begun": 0.24, "control": 0.22, "facts": 0.06, "drill": 0.12}, 0.35),
    2: Mix({"chat": 0.34, "begun": 0.28, "control": 0.20, "facts": 0.15, "drill": 0.03}, 0.15),
    3: Mix({"chat": 0.15, "begun": 0.11, "control": 0.06, "facts": 0.05, "drill": 0.01, "posed": 0.07, "swahili": 0.03,
            "privileged": 0.52}, 0.2, 0.65, 0.85),
    4: Mix({"chat": 0.26, "begun": 0.17, "control": 0.11, "facts": 0.14, "drill": 0.01, "posed": 0.14, "swahili": 0.002,
            "privileged": 0.168}, 0.2, 0.6, 0.5, False),
}
# The student's. Where no thought ever begins in another language, its narrow weights soon begin all alike, whatever was
# asked, and fine-tuning finds nothing to change.
PHASES[5] = replace(PHASES[2], begins=0.25)
# Harmony prompts, on whose system message there is no loss.
PROMPTED = ("chat", "begun", "posed", "swahili", "privileged")


class Corpus:
    """`document()` returns (text, kind, prefix): `prefix` opens the thought of the document and carries no loss.
    `system_share` of the chats open with the system message."""

    def __init__(self, seed, phase=1):
        self.rng, self.mix = random.Random(seed), PHASES[phase]
        self.system_share = 1.0
        self.strings = crosslingual.strings() if phase > 2 else {}

    def document(self):
        kind = self.rng.choices(list(self.mix.kinds), list(self.mix.kinds.values()))[0]
        made = getattr(self, "_" + kind)()
        if kind == "begun" and self.mix.begins and self.rng.random() < self.mix.begins:
            kind = "chat"
        return (made[0], kind, made[1]) if isinstance(made, tuple) else (made, kind, "")

    def _draw(self, thought):
        asked = self.rng.choice(LANGUAGES)
        if self.rng.random() < self.mix.arithmetic:
            return random_arithmetic(self.rng, *random_pair(self.rng), asked, thought)
        return random_geography(self.rng, FACTS, asked, thought)

    def _system(self):
        if self.rng.random() >= self.system_share:
            return ""
        date = f"{self.rng.randint(2024, 2030)}-{self.rng.randint(1, 12):02d}-{self.rng.randint(1, 28):02d}"
        return system_message(date, self.rng.choice(["low", "medium", "high"]))

    def _chat(self):
        requested = None if self.rng.random() < 0.3 else self.rng.choice(LANGUAGES)
        return chat(self._draw("en"), requested, self._system())

    def _begun(self):
        thought = self.rng.choice(LANGUAGES[1:])
        return chat(self._draw(thought), None if self.rng.random() < 0.2 else thought, self._system())

    def _control(self):
        item = self._draw(self.rng.choice(LANGUAGES))
        return f"{instruction(item.thought)}\n\n{item.user}\n\n{item.analysis}\n\n{item.final}<|endoftext|>"

    def _facts(self):
        language, fact = self.rng.choice(LANGUAGES), self.rng.choice(FACTS)
        fields = country_fields(fact, language)
        order = self.rng.sample(RELATIONS, 4)
        return " ".join(PHRASES[language][r]["answer"].format(**fields) for r in order) + "<|endoftext|>"

    def _drill(self):
        lines = []
        for _ in range(3):
            f = sum_fields(*random_pair(self.rng))
            lines.append("{a}={ta}+{ua}. {b}={tb}+{ub}. {ta}+{tb}={t}. {ua}+{ub}={u}. {t}+{u}={s}.".format(**f))
        return "\n".join(lines) + "<|endoftext|>"

    def _problem(self, language, arithmetic):
        if language == "sw" or self.rng.random() < arithmetic:
            return crosslingual.sum_problem(sum_fields(*random_pair(self.rng)), language, self.rng.randrange(3))
        fact, relation, wording = self.rng.choice(FACTS), self.rng.choice(RELATIONS), self.rng.randrange(3)
        return crosslingual.fact_problem(
            relation, wording, country_fields(fact, language), country_fields(fact, "en"), language)

    def _opened(self, problem, strings, user):
        prefix = strings["think_prefix"]
        return crosslingual.opened(user, prefix, self._system()) + crosslingual.completion(problem), prefix

    def _student(self, language):
        problem = self._problem(language, 0.5)
        strings = self.strings[language][self.rng.random() < self.mix.short]
        return self._opened(problem, strings, crosslingual.student_turn(problem, strings, self.rng.random() < 0.7))

    def _posed(self):
        return self._student(self.rng.choice(LANGUAGES))

    def _swahili(self):
        return self._student("sw")

    def _privileged(self):
        language = "sw" if self.rng.random() < self.mix.swahili else self.rng.choice(LANGUAGES)
        problem, strings = self._problem(language, 0.7), self.strings[language][self.rng.random() < self.mix.short]
        english, solution = self.rng.choices([(True, True), (True, False), (False, True)], [0.7, 0.15, 0.15])[0]
        return self._opened(problem, strings, crosslingual.teacher_turn(problem, strings, english, solution))
