"""A corpus of pairs as token ids, in an order that a seed decides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from lightwing.core.errors import ConfigError

__all__ = ["Corpus", "Ids"]

Ids = np.ndarray[Any, np.dtype[Any]]

_CHUNK = 4096
"""Rows that are tokenized together, and among which those of like length go into one batch."""

_LARGEST_ID = 2**16 - 1


class Corpus:
    """Rows of (asked, answer). `ids` is flat (uint16); `ends` holds the end of each row in it, `splits` how many of a row's tokens were asked."""

    def __init__(self, ids: Ids, ends: Ids, splits: Ids) -> None:
        self.ids, self.ends, self.splits = ids, ends, splits

    def __len__(self) -> int:
        return len(self.ends)

    def row(self, index: int) -> tuple[Ids, int]:
        """The ids of a row and how many of them were asked."""
        start = int(self.ends[index - 1]) if index else 0
        return self.ids[start : int(self.ends[index])], int(self.splits[index])

    @classmethod
    def of_pairs(cls, path: Path, tokenizer: Any, *, longest: int) -> Corpus:
        """A JSONL file of {"asked", "answer"}; rows longer than `longest` tokens are left out.

        Raises:
            ConfigError: a line is no such object (it is named), nothing is left, or the tokenizer has more tokens than 65,536.
        """
        if tokenizer.get_vocab_size() > _LARGEST_ID + 1:
            raise ConfigError("The tokenizer has more than 65,536 tokens.", where=str(path), hint="Make a smaller one.")
        rows: list[Ids] = []
        splits: list[int] = []
        pairs = _pairs(path)
        while chunk := list(islice(pairs, _CHUNK)):
            heads = tokenizer.encode_batch([asked for asked, _ in chunk])
            tails = tokenizer.encode_batch([answer for _, answer in chunk])
            for head, tail in zip(heads, tails, strict=True):
                if len(head.ids) + len(tail.ids) <= longest:
                    rows.append(np.array(head.ids + tail.ids, dtype=np.uint16))
                    splits.append(len(head.ids))
        if not rows:
            raise ConfigError(
                f"The corpus has no episode of at most {longest} tokens.", where=str(path), hint="Is it the right file?"
            )
        ends = np.cumsum([len(row) for row in rows], dtype=np.int64)
        return cls(np.concatenate(rows), ends, np.array(splits, dtype=np.int32))

    def batches(self, tokens: int, seed: int, *, share: tuple[int, int] = (0, 1)) -> Iterator[list[int]]:
        """Row numbers by batch, epoch after epoch without end; `tokens` is the most a batch holds, filling included, `share` (this process, number of them).

        Raises:
            ConfigError: an epoch has fewer batches than there are processes.
        """
        lengths = np.diff(self.ends, prepend=0)
        epoch = 0
        while True:
            rng = np.random.default_rng([seed, epoch])
            order = rng.permutation(len(self))
            made: list[list[int]] = []
            for start in range(0, len(order), _CHUNK):
                chunk = order[start : start + _CHUNK]
                made += _of_like_length(chunk[np.argsort(lengths[chunk], kind="stable")], lengths, tokens)
            made = [made[i] for i in _shuffled(rng, len(made))]
            whole = len(made) - len(made) % share[1]
            if not whole:
                raise ConfigError(
                    f"The corpus has {len(made)} batches for {share[1]} processes.",
                    where="batches",
                    hint="Make batches smaller, or use fewer processes.",
                )
            yield from made[share[0] : whole : share[1]]
            epoch += 1


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                asked, answer = record["asked"], record["answer"]
            except (ValueError, KeyError, TypeError):
                asked = answer = None
            if not (isinstance(asked, str) and isinstance(answer, str)):
                raise ConfigError(
                    "This line is no pair.",
                    where=f"{path}:{number}",
                    hint='Write {"asked": "…", "answer": "…"} on each line.',
                )
            yield asked, answer


def _of_like_length(rows: Ids, lengths: Ids, tokens: int) -> Iterator[list[int]]:
    """Rows that are sorted by length in batches of at most so many tokens, each row as long as the longest."""
    batch: list[int] = []
    for index in rows:
        if batch and int(lengths[index]) * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        batch.append(int(index))
    yield batch


def _shuffled(rng: np.random.Generator, n: int) -> Sequence[int]:
    """0 to n - 1 in chance order."""
    order = list(range(n))
    rng.shuffle(order)
    return order
