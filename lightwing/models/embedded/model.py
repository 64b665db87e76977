"""The embedded model as a `Model`, which writes and mends short texts, and as a `Judge`, which reads them."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Price, Sampling
from lightwing.core.clause import Clause
from lightwing.core.episodes import asked, assembled, read_asked, request_of
from lightwing.core.outcome import PASS, Outcome, Reading, Readings, fail, unknown
from lightwing.models.common import FREE, candidate, require_request
from lightwing.models.embedded.engine import PACKAGED, Engine, Written, engine
from lightwing.models.embedded.reading import Read, readings
from lightwing.models.registry import Opening

__all__ = ["EmbeddedModel", "open_embedded"]

_TEMPERATURE = 0.4
_FOREIGN_WORDS, _FOREIGN_SHARE = 2, 0.2
"""A sentence is foreign where it has so many words, and that share of its words, that no request of the training has."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_QUOTED = re.compile(r"[\"“«][^\"”»\n]*[\"”»]")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


class EmbeddedModel:
    """A small model on this machine. It charges nothing; its n answers are one batch.

    `max_tokens` counts what it writes, its notes to itself among it. Without a temperature it writes with 0.4. Tools are left alone: it knows of none.

    As a judge it reads each rule by itself, writing down what it finds before its verdict. How often it is wrong stands in docs/embedded-model.md.
    """

    price: Price | None = FREE

    def __init__(self, engine: Engine, *, name: str = "embedded") -> None:
        self._engine = engine
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def doubts(self, case: Case) -> tuple[str, ...]:
        """One sentence that names what of the request lies outside the model's world; none where nothing does, or where its words are not known.

        Quoted words do not count: they are there to be copied.
        """
        foreign = self._foreign(request_of(case))
        if not foreign:
            return ()
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        return (f"{self._name} was trained on a small world that this lies outside of: {foreign[0]!r}{more}",)

    def _foreign(self, text: str) -> list[str]:
        known = self._engine.words
        return [s for s in _sentences(text) if _is_foreign(s, known)] if known else []

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        require_request(case, n, model=self._name)
        writing = _Writing(n, sampling.stop)
        try:
            return await asyncio.to_thread(self._batch, case, n, sampling, writing)
        finally:
            writing.left.set()

    async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        require_request(case, n, model=self._name)
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()

        def put(index: int, piece: str) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, (index, piece))

        writing = _Writing(n, sampling.stop, put)
        work = asyncio.ensure_future(asyncio.to_thread(self._batch, case, n, sampling, writing))
        work.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                yield Delta(index=piece[0], text=piece[1])
        finally:
            writing.left.set()
            await asyncio.wait([work])
        for index, made in enumerate(work.result()):
            if rest := made.answer.text[len(writing.given[index]) :]:
                yield Delta(index=index, text=rest)
            yield Delta(index=index, finish=made.answer.finish, cost=made.cost)

    def _batch(self, case: Case, n: int, sampling: Sampling, writing: _Writing) -> list[Candidate]:
        """Runs in a thread: n answers to one request."""
        started = time.monotonic()
        written = self._engine.write(
            [asked(case)] * n,
            temperature=_TEMPERATURE if sampling.temperature is None else sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            most=sampling.max_tokens,
            take=writing.take,
        )
        seconds = (time.monotonic() - started) / n
        return [self._made(one, seconds, sampling) for one in written]

    async def read(
        self, case: Case, answer: Answer, clauses: Sequence[Clause], *, sampling: Sampling | None = None
    ) -> Readings:
        """One reading a clause, all in one call; UNKNOWN where text and rule are too long to be read, or the rule is of no kind that it was trained on.

        Greedy, so that the same text is read the same; with a `sampling` that has a temperature and a seed, a reading of its own for each seed.
        """
        started = time.monotonic()
        requests = [read_asked(answer.text, clause.text) for clause in clauses]
        how = sampling or Sampling(temperature=0.0)
        found = await asyncio.to_thread(
            readings, self._engine, requests, temperature=how.temperature or 0.0, seed=how.seed
        )
        outcomes = tuple(
            Reading(clause=clause.id, outcome=self._outcome(clause.text, one), judge=self._name)
            for clause, one in zip(clauses, found, strict=True)
        )
        cost = Cost(
            calls=1,
            input_tokens=sum(one.tokens_read for one in found if one is not None),
            output_tokens=sum(one.tokens for one in found if one is not None),
            seconds=time.monotonic() - started,
            price=0.0,
        )
        return Readings(judge=self._name, readings=outcomes, cost=cost)

    def _outcome(self, rule: str, read: Read | None) -> Outcome:
        if read is None:
            return unknown("The embedded judge came to no verdict, or the text is too long for it.")
        if self._foreign(rule):
            return unknown("The embedded judge was not trained on such a rule.")
        if read.passed:
            return PASS
        return fail(f"The embedded judge holds this rule for kept with {read.share:.0%} only. It noted: {read.told}")

    def _made(self, one: Written, seconds: float, sampling: Sampling) -> Candidate:
        text, cut = _cut(assembled(one.text), sampling.stop)
        answer = Answer(text=text, finish="stop" if one.ended or cut else "length")
        cost = Cost(calls=1, input_tokens=one.read, output_tokens=one.tokens, seconds=seconds, price=0.0)
        return candidate(answer, cost=cost, model=self._name, sampling=sampling)


class _Writing:
    """What is known of texts while they are written: when to stop, and what of them may be handed on."""

    def __init__(self, n: int, stops: Sequence[str], put: Callable[[int, str], None] | None = None) -> None:
        self.given = [""] * n
        self.left = threading.Event()
        self._stops = stops
        self._put = put
        self._held_back = max(map(len, stops), default=1) - 1

    def take(self, index: int, written: Callable[[], str]) -> bool:
        """Told after every token; true where this text is to end."""
        if self.left.is_set():
            return True
        if self._put is None and not self._stops:
            return False
        text, cut = _cut(assembled(written()), self._stops)
        if self._put is not None and not cut:
            # The last word may still grow, a line's end may turn out to be nothing, and the end may be the beginning of a stop string.
            text = text[: max(0, len(text) - self._held_back)]
            ready = text[: text.rstrip().rfind(" ") + 1]
            if len(ready) > len(self.given[index]):
                self._put(index, ready[len(self.given[index]) :])
                self.given[index] = ready
        return cut


def _cut(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """The text up to the first stop string, and whether there was one."""
    at = min((at for s in stops if (at := text.find(s)) >= 0), default=None)
    return text[:at], at is not None


def _sentences(text: str) -> list[str]:
    return [found[0].strip(" -*#") for found in _SENTENCE.finditer(text)]


def _is_foreign(sentence: str, known: frozenset[str]) -> bool:
    words = [word.lower() for word in _WORD.findall(_QUOTED.sub(" ", sentence))]
    strange = sum(word not in known for word in words)
    return strange >= _FOREIGN_WORDS and strange >= _FOREIGN_SHARE * len(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedOptions:
    """Options of `embedded`: how its weights are held."""

    precision: Literal["int8", "float32"] = "int8"


def open_embedded(opening: Opening) -> EmbeddedModel:
    """The shipped model (`embedded`), or one in a folder that `lightwing train sft` made (`embedded:FOLDER`).

    Raises:
        MissingExtra: a package of the extra `embedded` is not installed.
        ConfigError: there are no weights in the folder, or an option is wrong.
    """
    options = opening.options_as(EmbeddedOptions)
    folder = Path(opening.name) if opening.name else PACKAGED
    return EmbeddedModel(engine(folder, options.precision), name=opening.address)
