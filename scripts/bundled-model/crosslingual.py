"""Problems in a language that the model knows badly, and the prompts of self-distillation across languages.

Swahili has sums only, and writes their numbers in words; thought and answer have digits. The student's prompt holds the
problem alone, the teacher's also its English translation and solution; both end in a prefix that opens the thought in
the problem's language. The strings are the ones the page uses (src/lib/cross-lingual), or shorter ones of our own.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from phrases import LANGUAGES, PHRASES

STRINGS = Path(__file__).parents[2] / "src/lib/cross-lingual"
UNITS = ["", "moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa"]
TENS = ["", "kumi", "ishirini", "thelathini", "arobaini"]
SWAHILI = {
    "ask": ["{A} jumlisha na {b} ni ngapi?", "Jumlisha {a} na {b}. Jumla ni ngapi?"],
    "think": "Ninajumlisha {a} na {b}. Makumi: {ta}+{tb}={t}. Mamoja: {ua}+{ub}={u}. Jumla: {t}+{u}={s}.",
    "answer": "Jibu ni \\boxed{{{s}}}.",
}


def in_words(n):
    return " na ".join(word for word in (TENS[n // 10], UNITS[n % 10]) if word)


@dataclass(frozen=True)
class Problem:
    """A question in one language with thought and answer in it, and the same in English."""
    language: str
    asked: str
    thought: str
    answer: str
    english: str
    solution: str


def sum_problem(fields, language, wording):
    """`fields` of corpus.sum_fields. The English question has digits, whatever the language."""
    def text(of, part, **more):
        return of[part].format(**fields, **more)
    english, own = PHRASES["en"]["sum"], SWAHILI if language == "sw" else PHRASES[language]["sum"]
    if language == "sw":
        a, b = in_words(fields["a"]), in_words(fields["b"])
        asked = SWAHILI["ask"][wording % 2].format(a=a, b=b, A=a.capitalize())
    else:
        asked = own["ask"][0].format(**fields)
    return Problem(language, asked, text(own, "think"), text(own, "answer"), english["ask"][0].format(**fields),
                   f"{text(english, 'think')} {text(english, 'answer')}")


def fact_problem(relation, wording, own_fields, english_fields, language):
    own, english = PHRASES[language][relation], PHRASES["en"][relation]
    return Problem(language, own["ask"][wording].format(**own_fields), own["think"].format(**own_fields),
                   own["answer"].format(**own_fields), english["ask"][wording].format(**english_fields),
                   f"{english['think'].format(**english_fields)} {english['answer'].format(**english_fields)}")


# -- Prompts ----------------------------------------------------------------------------------------------------

# The page has no Italian configuration; this one serves pre-training alone.
ITALIAN = {
    "student_instruction": "Ragiona passo per passo e scrivi la risposta finale in \\boxed{}.",
    "think_prefix": "Come richiesto, ragiono in italiano.",
    "transition_prompt": "Dopo aver letto e capito la soluzione in inglese, risolvi il problema con parole tue.",
    "teacher_final_instruction": "Ragiona in italiano passo per passo e scrivi la risposta finale in \\boxed{}.",
    "labels": {"problem_target": "Problema", "problem_english": "Problema in inglese",
               "solution_english": "Soluzione in inglese", "ref_begin": "=== Inizio della soluzione ===",
               "ref_end": "=== Fine della soluzione ==="},
}


def _short(problem, english, solution, instruction, prefix, transition, final):
    return {"student_instruction": instruction, "think_prefix": prefix, "transition_prompt": transition,
            "teacher_final_instruction": final, "labels": {
                "problem_target": problem, "problem_english": english, "solution_english": solution,
                "ref_begin": "---", "ref_end": "---"}}


SHORT = {
    "sw": _short("Swali", "Kiingereza", "Suluhisho", "Fikiri na ujibu.", "Nafikiri kwa Kiswahili.",
                 "Umesoma suluhisho.", "Fikiri na ujibu kwa Kiswahili."),
    "en": _short("Question", "English", "Solution", "Think and answer.", "I think in English.",
                 "You have read the solution.", "Think and answer in English."),
    "es": _short("Pregunta", "Inglés", "Solución", "Piensa y responde.", "Pienso en español.",
                 "Has leído la solución.", "Piensa y responde en español."),
    "fr": _short("Question", "Anglais", "Solution", "Réfléchis et réponds.", "Je réfléchis en français.",
                 "Tu as lu la solution.", "Réfléchis et réponds en français."),
    "it": _short("Domanda", "Inglese", "Soluzione", "Pensa e rispondi.", "Penso in italiano.",
                 "Hai letto la soluzione.", "Pensa e rispondi in italiano."),
    "de": _short("Frage", "Englisch", "Lösung", "Denke und antworte.", "Ich denke auf Deutsch.",
                 "Du hast die Lösung gelesen.", "Denke und antworte auf Deutsch."),
}


def page_strings(language):
    return ITALIAN if language == "it" else json.loads((STRINGS / f"{language}.json").read_text(encoding="utf8"))


def strings():
    """Language -> (the page's strings, shorter ones)."""
    return {language: (page_strings(language), SHORT[language]) for language in ["sw", *LANGUAGES]}


def student_turn(problem, s, label=True):
    """The user's turn of the student; evaluation and GRPO leave the label out."""
    head = f"{s['labels']['problem_target']}: " if label else ""
    return f"{head}{problem.asked}\n\n{s['student_instruction']}"


def teacher_turn(problem, s, english=True, solution=True):
    """The user's turn of the teacher. Without the solution there is no transition; an English problem stands once."""
    labels = s["labels"]
    parts = [f"{labels['problem_target']}: {problem.asked}"]
    if english and problem.language != "en":
        parts.append(f"{labels['problem_english']}: {problem.english}")
    if solution:
        parts.append(f"{labels['solution_english']}:\n{labels['ref_begin']}\n{problem.solution}\n{labels['ref_end']}")
    end = s["teacher_final_instruction"]
    parts.append(f"{s['transition_prompt']}\n{end}" if solution else end)
    return "\n\n".join(parts)


def opened(user, prefix, system):
    """The prompt as it stands before the first generated id: the thought is open, its prefix written."""
    return f"{system}<|start|>user<|message|>{user}<|end|><|start|>assistant<|channel|>analysis<|message|>{prefix}"


def completion(problem):
    return (f" {problem.thought}<|end|><|start|>assistant<|channel|>final<|message|>{problem.answer}<|return|>")
