"""The files of a training: corpora of the small world as JSONL, a tokenizer and a list of words made from one."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from lightwing.core.episodes import MARKS
from lightwing.core.errors import ConfigError
from lightwing.train.model import package
from lightwing.train.world.episodes import Episode, copies, episodes
from lightwing.train.world.own import Writer, own_episodes

__all__ = ["VOCABULARY", "WORDS", "make_world", "tokenizer_of", "train_tokenizer", "write_words"]

WORDS = "words.txt"
"""The list of words beside a corpus or a model."""

VOCABULARY = 2048
"""Tokens of the tokenizer, the marks among them."""

_SAMPLE = 40_000
_HELD = 1500
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SELDOM = 5000


def make_world(
    folder: Path,
    *,
    count: int,
    seed: int,
    own: tuple[Path, Writer] | None = None,
    show: Callable[[int], None] | None = None,
) -> None:
    """Writes into `folder`: corpus.jsonl (`count` episodes), held.jsonl (others, for the loss), copies.jsonl (a warm-up), tokenizer.json.

    With `own`, the folder of a model and what has it write, a good part of the corpus is made from what the model writes: for going on with its training.
    Tokenizer and list of words are then the model's, and there is no warm-up.

    Raises:
        MissingExtra: the package tokenizers is not installed.
    """
    package("tokenizers")
    folder.mkdir(parents=True, exist_ok=True)
    held = episodes(seed + 1_000_003)
    _write(folder / "corpus.jsonl", own_episodes(seed, own[1]) if own else episodes(seed), count, show)
    _write(folder / "held.jsonl", held, min(_HELD, count), None)
    if own:
        for name in ("tokenizer.json", WORDS):
            if (own[0] / name).is_file():
                shutil.copyfile(own[0] / name, folder / name)
        return
    _write(folder / "copies.jsonl", copies(seed), max(1, count // 7), None)
    train_tokenizer(folder / "corpus.jsonl", folder / "tokenizer.json")


def _write(path: Path, source: Iterator[Episode], count: int, show: Callable[[int], None] | None) -> None:
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as out:
        for number, episode in enumerate(islice(source, count), 1):
            out.write(json.dumps({"kind": episode.kind, "asked": episode.asked, "answer": episode.answer}) + "\n")
            if show is not None and number % 500 == 0:
                show(number)
    temporary.replace(path)


def tokenizer_of(path: Path) -> Any:
    """The tokenizer of a file, as the package tokenizers writes it.

    Raises:
        MissingExtra: that package is not installed.
        ConfigError: the file holds no tokenizer.
    """
    tokenizers = package("tokenizers")
    try:
        return tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise ConfigError(
            f"This is no tokenizer: {str(error)[:200]}.", where=str(path), hint="lightwing train world makes one."
        ) from None


def train_tokenizer(corpus: Path, out: Path) -> None:
    """A byte-level BPE of `VOCABULARY` tokens, the marks among them, from the first episodes of a corpus. No token holds a digit and a letter."""
    tokenizers = package("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    byte_level = tokenizers.pre_tokenizers.ByteLevel
    made.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [tokenizers.pre_tokenizers.Digits(individual_digits=False), byte_level(add_prefix_space=False)]
    )
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=list(MARKS), initial_alphabet=byte_level.alphabet(), show_progress=False
    )

    def texts() -> Iterator[str]:
        with corpus.open(encoding="utf-8") as lines:
            for line in islice(lines, _SAMPLE):
                record = json.loads(line)
                yield record["asked"]
                yield record["answer"]

    made.train_from_iterator(texts(), trainer)
    made.save(str(out))


def write_words(corpus: Path, out: Path) -> None:
    """Writes the words that a model of this corpus was asked with, one a line in small letters, but for those that one row in 5,000 or fewer have.

    The embedded model tells by them what lies outside of its world.
    """
    rows: Counter[str] = Counter()
    count = 0
    with corpus.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                count += 1
                rows.update({word.lower() for word in _WORD.findall(json.loads(line)["asked"])})
    least = max(1, count // _SELDOM)
    words = sorted(word for word, n in rows.items() if n > least or count < _SELDOM)
    out.write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
