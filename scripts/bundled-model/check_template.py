"""Checks that our chat_template.jinja renders what the gpt-oss template bundled with trl renders, and that
corpus.py writes the same text by hand.

    python scripts/bundled-model/check_template.py
"""

import datetime
from pathlib import Path

import trl
from transformers import AutoTokenizer

import corpus
from train import MODEL

STOCK = (Path(trl.__file__).parent / "chat_templates/gptoss.jinja").read_text()
USER, USER2 = {"role": "user", "content": "¿Cuál es la capital de Francia?"}, {"role": "user", "content": "E l'Italia?"}
DONE = {"role": "assistant", "content": "París.", "thinking": "Die Frage ist auf Spanisch."}
PLAIN = {"role": "assistant", "content": "París."}
SYSTEM = {"role": "system", "content": "reasoning language: German"}
CHATS = [[USER], [SYSTEM, USER], [{**SYSTEM, "role": "developer"}, USER, DONE], [USER, DONE], [USER, PLAIN],
         [SYSTEM, USER, DONE, USER2, DONE], [SYSTEM, USER, DONE, USER2], [{**SYSTEM, "content": ""}, USER, DONE],
         [SYSTEM, USER, PLAIN, USER2, PLAIN], [USER, SYSTEM, DONE]]

if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    count = 0
    for chat in CHATS:
        for kwargs in ({}, {"reasoning_effort": "high"}):
            for generate in (False, True):
                if generate and chat[-1]["role"] == "assistant":
                    continue
                ours, stock = (tokenizer.apply_chat_template(
                    chat, chat_template=template, tokenize=False, add_generation_prompt=generate,
                    model_identity=corpus.IDENTITY, **kwargs) for template in (None, STOCK))
                default = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=generate, **kwargs)
                assert ours == stock == default, (ours, stock)
                count += 1
    item = corpus.geography(corpus.FACTS[0], "capital", "es", "de", 0)
    messages = [SYSTEM, {"role": "user", "content": item.user},
                {"role": "assistant", "content": item.final, "thinking": item.analysis}]
    today = corpus.system_message(datetime.date.today().isoformat())
    assert tokenizer.apply_chat_template(messages, tokenize=False) == corpus.chat(item, "de", today)
    print(f"{count} chats rendered equally")
