"""Trains the byte-level BPE tokenizer and writes the model folder's tokenizer files.

Same pipeline and special token strings as the real Harmony tokenizer; only the vocabulary is small. Every number
from 0 to 99 is one token, so that arithmetic is about numbers, not about spelling.
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from corpus import FACTS, Corpus

OUT = Path(__file__).parents[2] / "public/models/mini"
VOCAB = 2560
SPECIALS = ["<|startoftext|>", "<|endoftext|>", "<|return|>", "<|constrain|>", "<|channel|>", "<|start|>",
            "<|end|>", "<|message|>", "<|call|>", "<|endofprompt|>"]
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
SPLIT = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + CONTRACTION,
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + CONTRACTION,
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])


def texts():
    corpus = Corpus(seed=1)
    corpus.system_share = 0.3
    for _ in range(60_000):
        yield corpus.document()[0]
    for _ in range(300):  # every number often enough to become one token
        yield " ".join(str(n) for n in range(100))
    for fact in FACTS:  # every name, after a space
        yield " ".join([*fact["capital"].values(), *(c["name"] for c in fact["country"].values())])


def train():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    # The special tokens are cut out of the training text, and numbered last, as in the real tokenizer.
    pieces = (piece for text in texts() for piece in _between_specials(text))
    tokenizer.train_from_iterator(pieces, trainers.BpeTrainer(
        vocab_size=VOCAB - len(SPECIALS), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIALS])
    assert tokenizer.get_vocab_size() == VOCAB
    assert all(len(tokenizer.encode(str(n)).ids) == 1 for n in range(100))
    return tokenizer


def _between_specials(text):
    for special in SPECIALS:
        text = text.replace(special, "\x00")
    return [piece for piece in text.split("\x00") if piece]


def write(tokenizer):
    OUT.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(OUT / "tokenizer.json"), pretty=False)
    ids = {s: tokenizer.token_to_id(s) for s in SPECIALS}
    config = {
        "added_tokens_decoder": {str(i): {"content": s, "lstrip": False, "normalized": False, "rstrip": False,
                                          "single_word": False, "special": True} for s, i in ids.items()},
        "bos_token": "<|startoftext|>", "eos_token": "<|return|>", "pad_token": "<|endoftext|>",
        "clean_up_tokenization_spaces": False, "extra_special_tokens": {},
        "model_input_names": ["input_ids", "attention_mask"], "model_max_length": 2048,
        "tokenizer_class": "PreTrainedTokenizerFast"}
    generation = {"bos_token_id": ids["<|startoftext|>"], "do_sample": True, "pad_token_id": ids["<|endoftext|>"],
                  "eos_token_id": [ids["<|return|>"], ids["<|endoftext|>"], ids["<|call|>"]]}
    for name, value in (("tokenizer_config.json", config), ("generation_config.json", generation)):
        (OUT / name).write_text(json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    write(train())
