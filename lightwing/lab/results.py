"""The journal of an evaluation: one line of JSON for every `Result`; and what its lines come to, with clustered intervals."""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from lightwing.core.errors import StoreError
from lightwing.core.result import Result
from lightwing.lab.journal import lock_file

__all__ = ["Mean", "ResultFile", "clustered", "read_results", "summed"]

_SCHEMA = 1
_START = b'{"schema": 1, '
_Z95 = 1.959963984540054


def _decoded(line: bytes, *, where: str) -> Result:
    try:
        found = msgspec.json.decode(line)
        if not isinstance(found, dict) or found.pop("schema", None) != _SCHEMA:
            raise ValueError(f"it has no schema {_SCHEMA}")
        return msgspec.convert(found, Result)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise StoreError(
            f"This line is no result ({error}).", where=where, hint="Is this what `lightwing eval` wrote?"
        ) from None


def read_results(path: Path) -> Iterator[Result]:
    """The results of a journal, in order. A last line that a kill tore is passed over.

    Raises:
        StoreError: the file cannot be read, or a line is no result; the line is named.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                if line.strip():
                    yield _decoded(line, where=f"{path}, line {number}")
    except OSError as error:
        raise StoreError(f"The journal cannot be read: {error.strerror or error}.", where=str(path)) from None


class ResultFile:
    """Appends results to a file, each handed to the system before `add` returns; one writer at a time. On opening a torn last line is cut off (`torn`: its bytes).

    `done` holds the last result of each (task, case, repeat).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: dict[tuple[str, str, int], Result] = {}
        self.torn = 0
        made = not path.exists()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._trouble(error) from None
        self._made = made
        try:
            with os.fdopen(os.dup(self._file), "rb") as held:
                lock_file(held, path)  # the lock is the open file's, which `_file` keeps
            for result in read_results(path):
                self.done[result.task, result.case, result.repeat] = result
            self._cut()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> ResultFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def add(self, result: Result) -> None:
        """Raises StoreError where the line cannot be written whole; what was written of it is taken back."""
        line = json.dumps({"schema": _SCHEMA, **asdict(result)}, ensure_ascii=False, allow_nan=False)
        rest = memoryview(line.encode("utf-8", "surrogatepass") + b"\n")
        end = os.fstat(self._file).st_size
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            os.ftruncate(self._file, end)
            raise self._trouble(error) from None
        self.done[result.task, result.case, result.repeat] = result

    def close(self) -> None:
        """A file that was made here and got no result is removed. Closing twice is harmless."""
        if self._file < 0:
            return
        if self._made and not os.fstat(self._file).st_size:
            self.path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1

    def _cut(self) -> None:
        whole = 0
        with self.path.open("rb") as file:
            for line in file:
                whole += len(line) if line.endswith(b"\n") else 0
            file.seek(whole)
            torn = file.read()
        self.torn = len(torn)
        if self.torn:
            if not (torn.startswith(_START) or _START.startswith(torn)):
                raise StoreError(
                    "The file exists and is no journal of results; nothing was written.",
                    where=str(self.path),
                    hint="Choose another path.",
                )
            os.ftruncate(self._file, whole)

    def _trouble(self, error: OSError) -> StoreError:
        return StoreError(
            f"The journal of results cannot be used: {error.strerror or error}.",
            where=str(self.path),
            hint="What was written before is safe; make room, or check the path, and give the same command again.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The mean score of `n` results in `clusters` clusters with its 95 % interval (None where there are fewer than two clusters); `unscored` results had no score."""

    model: str
    path: tuple[str, ...]
    mean: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    unscored: int
    calls: int
    tokens: int
    price: float | None


def clustered(scores: Sequence[float], clusters: Sequence[str]) -> tuple[float, float] | None:
    """The 95 % interval of the mean, with errors that may go together within a cluster; None for fewer than two clusters.

    The variance is G/(G-1) * sum over clusters of (sum of residuals)^2 / n^2 (Liang and Zeger 1986, with the usual correction for G clusters), the interval
    normal and cut at 0 and 1.

    >>> [round(x, 3) for x in clustered([1, 0, 1, 1], ["a", "b", "c", "d"])]
    [0.26, 1.0]
    """
    n = len(scores)
    sums: dict[str, float] = defaultdict(float)
    mean = math.fsum(scores) / n if n else 0.0
    for score, cluster in zip(scores, clusters, strict=True):
        sums[cluster] += score - mean
    if len(sums) < 2:
        return None
    variance = len(sums) / (len(sums) - 1) * math.fsum(s * s for s in sums.values()) / n**2
    reach = _Z95 * math.sqrt(variance)
    return max(0.0, mean - reach), min(1.0, mean + reach)


def summed(results: Iterable[Result]) -> list[Mean]:
    """For each model, in order of appearance: all its results together (the empty path), then each class and each class above it, in order of name."""
    groups: dict[str, dict[tuple[str, ...], list[Result]]] = {}
    for result in results:
        of = groups.setdefault(result.model, {})
        for depth in range(len(result.path) + 1):
            of.setdefault(result.path[:depth], []).append(result)
    return [_mean(model, path, of[path]) for model, of in groups.items() for path in sorted(of)]


def _mean(model: str, path: tuple[str, ...], results: list[Result]) -> Mean:
    scored = [(r.score, r.cluster or r.case) for r in results if r.score is not None]
    interval = clustered([s for s, _ in scored], [c for _, c in scored])
    prices = [r.price for r in results]
    return Mean(
        model=model,
        path=path,
        mean=math.fsum(s for s, _ in scored) / len(scored) if scored else None,
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
        n=len(scored),
        clusters=len({c for _, c in scored}),
        unscored=len(results) - len(scored),
        calls=sum(r.calls for r in results),
        tokens=sum(r.tokens for r in results),
        price=None if None in prices else math.fsum(p for p in prices if p is not None),
    )
