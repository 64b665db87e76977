"""Tokens in, tokens out: a folder of weights, its tokenizer, and CTranslate2 to run them."""

from __future__ import annotations

import importlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lightwing.core.errors import ConfigError, MissingExtra, ModelRefused
from lightwing.models.embedded.conversion import converted

__all__ = ["PACKAGED", "Engine", "Written", "engine"]

PACKAGED = Path(__file__).parent / "weights"
"""Where the shipped weights lie."""

_END = "<|end|>"
_MOST_NEW = 320
_LEAST_NEW = 8
_LOCK = threading.Lock()
"""CTranslate2 has one random seed for the process: who sets it generates before the next one sets his."""

_Take = Callable[[int, Callable[[], str]], bool]
"""Told the index of a text and a function that gives the text so far; true stops that text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, marks and all, and how many tokens were read and written; `ended` is false where the room was used up."""

    text: str
    read: int
    tokens: int
    ended: bool


class Engine:
    """A decoder-only model of our own, ready to write.

    `folder` holds config.json, model.safetensors and tokenizer.json, as `lightwing train sft` leaves them; `words.txt` beside them, if there is one, lists
    the words of the requests it was trained on. `precision` is "int8" or "float32".

    Raises:
        MissingExtra: a package of the extra `embedded` is not installed.
        ConfigError: a file is missing or cannot be read, or the shape is one that is not made here.
    """

    def __init__(self, folder: Path, *, precision: str = "int8", threads: int = 1) -> None:
        tokenizers, self._library = _package("tokenizers"), _package("ctranslate2")
        arrays = _package("safetensors.numpy")
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            if not (folder / name).is_file():
                raise ConfigError(
                    f"The model's folder has no {name}.",
                    where=str(folder),
                    hint="lightwing train sft makes such a folder.",
                )
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            self.context = int(config["max_position_embeddings"])
            vocabulary = sorted(self._tokenizer.get_vocab().items(), key=lambda pair: pair[1])
            weights = arrays.load_file(folder / "model.safetensors")
            self._files = converted(config, weights, [token for token, _ in vocabulary], end=_END)
        except Exception as error:  # the readers of these files raise errors of their own libraries
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise ConfigError(
                f"The model cannot be loaded: {reason}.", where=str(folder), hint="Is it one of `lightwing train sft`?"
            ) from error
        self._how = {"device": "cpu", "compute_type": precision, "intra_threads": threads}
        self._model = self._opened()
        words = folder / "words.txt"
        self.words = frozenset(words.read_text(encoding="utf-8").split()) if words.is_file() else frozenset[str]()

    def _opened(self) -> Any:
        return self._library.Generator("embedded", files=self._files, **self._how)

    def write(
        self,
        asked: Sequence[str],
        *,
        temperature: float,
        seed: int | None,
        top_p: float | None = None,
        most: int | None = None,
        take: _Take | None = None,
    ) -> list[Written]:
        """Continues each of these strings with at most `most` tokens. The same seed and strings give the same texts; a temperature of 0 is greedy.

        `take(index, text so far)` is told after every token and stops that text where it returns true.

        Raises:
            ModelRefused: a string is too long for the model.
        """
        starts = [encoding.tokens for encoding in self._tokenizer.encode_batch([_sound(text) for text in asked])]
        longest = max(map(len, starts))
        if longest > self.context - _LEAST_NEW:
            raise ModelRefused(
                f"The request has {longest} tokens; the embedded model reads at most {self.context - _LEAST_NEW}.",
                where="embedded",
                hint="Shorten it.",
            )
        room = min(most or _MOST_NEW, self.context - longest)
        so_far: list[list[int]] = [[] for _ in starts]

        def step(result: Any) -> bool:
            assert take is not None
            ids = so_far[result.batch_id]
            ids.append(result.token_id)
            return take(result.batch_id, lambda: self._decoded(ids))

        with _LOCK:
            model = self._model
            if seed is not None and temperature:
                # A generator takes its seed when its thread begins and never again, so that a repeatable call needs one of its own (5 ms).
                self._library.set_random_seed(seed % 2**31)
                model = self._opened()
            results = model.generate_batch(
                starts,
                max_length=room,
                end_token=_END,
                include_prompt_in_result=False,
                sampling_topk=0 if temperature else 1,
                sampling_topp=1.0 if top_p is None else top_p,
                sampling_temperature=temperature or 1.0,
                **({} if take is None else {"callback": step}),
            )
        made = []
        for start, result in zip(starts, results, strict=True):
            ids = result.sequences_ids[0]
            ended = len(ids) < room
            made.append(Written(text=self._decoded(ids), read=len(start), tokens=len(ids) + ended, ended=ended))
        return made

    def likelier(self, asked: Sequence[str], first: str, second: str) -> list[float | None]:
        """For each string the share of probability that the token `first` has over `second` as its continuation; None for one that is too long."""
        ids = [self._tokenizer.token_to_id(token) for token in (first, second)]
        shares: list[float | None] = []
        for encoding in self._tokenizer.encode_batch([_sound(text) for text in asked]):
            if len(encoding.tokens) >= self.context:
                shares.append(None)
                continue
            scores = np.array(self._model.forward_batch([encoding.tokens], return_log_probs=True))[0, -1]
            a, b = (float(scores[i]) for i in ids)
            shares.append(1.0 / (1.0 + float(np.exp(b - a))))
        return shares

    def length(self, text: str) -> int:
        """How many tokens a string has."""
        return len(self._tokenizer.encode(_sound(text)).tokens)

    def _decoded(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=False))


def _sound(text: str) -> str:
    """The text without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingExtra(name.partition(".")[0], extra="embedded", need="The embedded model") from None


@cache
def engine(folder: Path = PACKAGED, precision: str = "int8") -> Engine:
    """The engine of a folder, made once for the process."""
    return Engine(folder, precision=precision)
