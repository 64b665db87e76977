"""Traces in a database: SQLite in one file, or PostgreSQL by a URL; the same calls, the same results."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import sqlalchemy as sa

from lightwing.core.case import Case, Cost
from lightwing.core.errors import StoreError
from lightwing.core.outcome import Status
from lightwing.core.statistics import Stats
from lightwing.core.trace import Trace
from lightwing.store import queries
from lightwing.store.codec import case_key, decode_trace, identified
from lightwing.store.engine import Database
from lightwing.store.entries import Entry, entry_of
from lightwing.store.migrate import migrate, schema_of
from lightwing.store.place import Place
from lightwing.store.queries import plain
from lightwing.store.redaction import Redaction
from lightwing.store.rows import ClauseCount, DayCount, Filter, Label, ModelDay, Page, TraceRow, date_of
from lightwing.store.tables import SCHEMA, bodies, labels, outcomes, traces, usage

__all__ = ["TraceStore"]

T = TypeVar("T")

_PAGE = 256
_BATCH = 500
_WAIT_SECONDS = 10.0
_ALL = Filter()


class TraceStore:
    """The traces of many runs. Several processes and threads may add at once; a trace added twice stands once.

    `place`: a path, `sqlite:///PATH` or `postgresql://USER@HOST/DATABASE`. A store that is not there is made, unless `create` is False; one of an older version is
    brought to this one. `redaction` says what of a trace is not to be kept. `path` names the place without its password.

    A method that takes `owner` (the id of an API key) sees that owner's traces only; None sees all.

    Raises:
        StoreError: the file is no trace store, is of a newer schema, is held by another writer for more than ten seconds, the disk is full (nothing
            that was added before is lost), or the server cannot be reached or refuses.
        ConfigError: a URL that cannot be read.
        MissingExtra: PostgreSQL without psycopg.

    >>> trace = Trace(case=Case.ask("Hi", id="c1"), spec="s", decoder="first", models=("m",), status=Status.ABSTAINED, delivered=None)
    >>> with TraceStore(":memory:") as store:
    ...     id = store.add(trace)
    ...     store.get(id).case.id, [t.spec for t in store.traces(status=Status.ABSTAINED)], store.count()
    ('c1', ['s'], 1)
    """

    def __init__(
        self,
        place: Path | str,
        *,
        redaction: Redaction | None = None,
        create: bool = True,
        wait_seconds: float = _WAIT_SECONDS,
    ) -> None:
        at = Place.of(place)
        self.path = at.shown
        self._redaction = redaction
        if not create and at.path is not None and not Path(at.path).exists():
            raise StoreError("There is no store.", where=self.path, hint="Give one that a run wrote with --store.")
        self._db = Database(at, wait_seconds=wait_seconds)
        try:
            self._open(create=create)
        except BaseException:
            self._db.close()
            raise
        self._insert = queries.insert(self._db.dialect, traces).returning(traces.c.id, traces.c.number)
        self._insert_parts = {t.name: queries.Many(self._db.dialect, t) for t in (bodies, usage, outcomes)}

    def __enter__(self) -> TraceStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file, or of the server."""
        self._db.close()

    def _open(self, *, create: bool) -> None:
        with self._db.reading() as connection:
            schema = schema_of(connection, where=self.path)
        if schema == 0 and not create:
            raise StoreError("There is no store.", where=self.path, hint="Give one that a run wrote with --store.")
        if self._db.place.path is not None:
            self._db.write_ahead()
        if schema < SCHEMA:
            self._db.write(lambda connection: migrate(connection, where=self.path))

    # Adding

    def add(self, trace: Trace, *, owner: str = "") -> str:
        """Adds a trace, all of it or nothing, and gives its id. `owner` is the id of the API key that it belongs to."""
        return self.add_owned([(trace, owner)])[0]

    def add_many(self, traces: Iterable[Trace], *, owner: str = "") -> list[str]:
        """Adds traces in transactions of 500, each all or nothing, and gives their ids. Much faster than one by one."""
        return self.add_owned((trace, owner) for trace in traces)

    def add_owned(self, pairs: Iterable[tuple[Trace, str]]) -> list[str]:
        """The same with an owner for each."""
        ids: list[str] = []
        pairs = iter(pairs)
        while batch := [self._entry(trace, owner) for trace, owner in islice(pairs, _BATCH)]:
            self._db.write(partial(self._add, batch=batch))
            ids += [entry.id for entry in batch]
        return ids

    def _entry(self, trace: Trace, owner: str) -> Entry:
        """The ids are those of what was before the redaction, so that a case is found again and nothing is added twice."""
        trace = identified(trace)
        key = case_key(trace.case)
        return entry_of(trace if self._redaction is None else self._redaction.applied(trace), case=key, owner=owner)

    def _add(self, connection: sa.Connection, batch: Sequence[Entry]) -> None:
        added = {row.id: row.number for row in connection.execute(self._insert, [entry.row for entry in batch])}
        new = {entry.row["id"]: entry for entry in batch if entry.row["id"] in added}
        whole = [{"trace": added[id], "body": entry.body} for id, entry in new.items()]
        self._insert_parts["bodies"].run(connection, whole)
        for table, of_entry in (("usage", attrgetter("usage")), ("outcomes", attrgetter("outcomes"))):
            rows = [{"trace": added[id], **row} for id, entry in new.items() for row in of_entry(entry)]
            self._insert_parts[table].run(connection, rows)

    # For what else is kept beside the traces

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A connection to read with; a driver's error leaves the block as a `StoreError`."""
        return self._db.reading()

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Does `work` in one transaction and gives what it gives. It may be done twice, where the connection breaks."""
        return self._db.write(work)

    # Reading traces

    def get(self, id: str, *, owner: str | None = None) -> Trace:
        """The trace of this id.

        Raises:
            StoreError: there is none, or it is another owner's.
        """
        return decode_trace(self._one(id, owner, bodies.c.body)[0], where=self.path)

    def row(self, id: str, *, owner: str | None = None) -> TraceRow:
        """The same as in a list, without its body."""
        number = self._one(id, owner, traces.c.number)[0]
        found = self._all(queries.rows(_ALL, before=number + 1, limit=1))
        return _trace_row(found[0])

    def ids(self, start: str, *, owner: str | None = None, limit: int = 10) -> list[str]:
        """Ids that begin with `start`."""
        chosen = sa.select(traces.c.id).where(traces.c.id.startswith(plain(start), autoescape=True))
        return [row.id for row in self._all(chosen.where(*queries.matching(Filter(owner=owner))).limit(limit))]

    def find(self, case: Case, *, task: str | None = None) -> Trace | None:
        """The last trace of this case (of this task) that did not end in an error; None where there is none, so that the case is to be run."""
        chosen = sa.select(bodies.c.body).select_from(queries.WITH_BODY)
        chosen = chosen.where(traces.c.case_key == case_key(case), traces.c.error == "")
        if task is not None:
            chosen = chosen.where(traces.c.task == plain(task))
        found = self._all(chosen.order_by(traces.c.number.desc()).limit(1))
        return decode_trace(found[0].body, where=self.path) if found else None

    def traces(
        self, *, spec: str | None = None, status: Status | None = None, task: str | None = None, since: float = 0.0
    ) -> Iterator[Trace]:
        """Traces in the order of adding: of this spec, status and task, started at or after `since` (seconds since the epoch)."""
        return self.all(Filter(spec=spec, status=status, task=task, since=since))

    def all(self, filter: Filter = _ALL) -> Iterator[Trace]:
        """The traces that a filter means, in the order of adding."""
        for body, _ in self.bodies(filter):
            yield decode_trace(body, where=self.path)

    def bodies(self, filter: Filter = _ALL) -> Iterator[tuple[str, str]]:
        """The same as lines of JSON, each with its owner. Nothing is held between two pages, so writers go on meanwhile."""
        last = 0
        while found := self._all(queries.bodies(filter, after=last, limit=_PAGE)):
            for row in found:
                last = row.number
                yield row.body, row.owner

    def rows(self, filter: Filter = _ALL, *, before: int | None = None, limit: int = 50) -> Page:
        """One page of a list, newest first: at most `limit` rows, from below `before` (the `next` of the page before it)."""
        if limit < 1:
            raise ValueError(f"limit must be at least 1, got {limit}")
        found = [_trace_row(row) for row in self._all(queries.rows(filter, before=before, limit=limit + 1))]
        return Page(rows=tuple(found[:limit]), next=found[limit - 1].number if len(found) > limit else None)

    def cases_done(self, task: str) -> set[str]:
        """Keys (`case_key`) of the cases of this task that have a trace which did not end in an error."""
        chosen = sa.select(traces.c.case_key).distinct().where(traces.c.task == plain(task), traces.c.error == "")
        return {row.case_key for row in self._all(chosen)}

    # Counting

    def count(self, filter: Filter = _ALL) -> int:
        """How many traces there are."""
        chosen = sa.select(sa.func.count()).select_from(traces).where(*queries.matching(filter))
        return int(self._all(chosen)[0][0])

    def stats(self) -> dict[str, Stats]:
        """Counts and cost per task, over every trace, those that ended in an error too. The price is None where one was not known."""
        names = ("cases", "delivered", "not_met", "abstained", "calls", "judge_calls", "tokens", "seconds", "price")
        return {row[0]: Stats(**dict(zip(names, row[1:], strict=True))) for row in self._all(queries.stats())}

    def usage(self) -> dict[str, Cost]:
        """What each model's candidates cost, over every trace."""
        return {row[0]: _cost(row[1:]) for row in self._all(queries.usage_by_model())}

    def model_days(self, filter: Filter = _ALL) -> list[ModelDay]:
        """What each model's candidates cost on each UTC day."""
        found = sorted(self._all(queries.model_days(filter)), key=lambda row: row[:2])
        return [ModelDay(day=date_of(r[0]), model=r[1], traces=r[2], cost=_cost(r[3:])) for r in found]

    def days(self, filter: Filter = _ALL) -> list[DayCount]:
        """Traces by status and the cost of models and judges together, on each UTC day."""
        names = [name for name in DayCount.__slots__ if name != "day"]
        found = sorted(self._all(queries.day_counts(filter)), key=lambda row: row[0])
        return [DayCount(day=date_of(row[0]), **dict(zip(names, row[1:], strict=True))) for row in found]

    def clause_counts(self, filter: Filter = _ALL, *, by_day: bool = True) -> list[ClauseCount]:
        """How each clause was read on first and on delivered candidates, by spec and model; on each UTC day, or on all of them together."""
        names = ("spec", "model", "clause", "stage", "passed", "failed", "skipped", "unknown")
        found = [row for row in self._all(queries.clause_counts(filter, by_day=by_day)) if row.clause is not None]
        found.sort(key=lambda row: (row[0] or 0, *row[1:]))
        return [
            ClauseCount(day=date_of(row[0]) if by_day else None, **dict(zip(names, row[1:], strict=True)))
            for row in found
        ]

    def specs(self, filter: Filter = _ALL) -> dict[str, int]:
        """How many traces there are of each spec."""
        chosen = sa.select(traces.c.spec, sa.func.count()).where(*queries.matching(filter)).group_by(traces.c.spec)
        return dict(sorted(tuple(row) for row in self._all(chosen)))

    # Labels and retention

    def label(
        self,
        trace: str,
        clause: str,
        met: bool | None,
        *,
        who: str = "",
        candidate: str | None = None,
        owner: str | None = None,
        at: float | None = None,
    ) -> Label:
        """Keeps what a person says of one clause on a candidate (the delivered one unless named). The last word counts; what was said before stays. `met` None
        takes it back.

        Raises:
            StoreError: there is no such trace, candidate or clause.
        """
        number, body = self._one(trace, owner, traces.c.number, bodies.c.body)
        of = decode_trace(body, where=self.path)
        candidate = candidate if candidate is not None else of.delivered
        if candidate is None:
            raise StoreError(
                "Nothing was delivered in this trace.", where=f"trace {trace}", hint="Name the candidate that you read."
            )
        if candidate not in {c.id for c in of.candidates}:
            raise StoreError(
                f"There is no candidate {candidate!r}.",
                where=f"trace {trace}",
                hint=_there_are(c.id for c in of.candidates),
            )
        known = dict.fromkeys(c for syndrome in of.syndromes.values() for c in syndrome.outcomes)
        if clause not in known:
            raise StoreError(f"There is no clause {clause!r}.", where=f"trace {trace}", hint=_there_are(known))
        said = Label(
            trace=trace, candidate=candidate, clause=clause, met=met, who=who, at=time.time() if at is None else at
        )
        row = {
            "trace": number,
            "candidate": plain(candidate),
            "clause": plain(clause),
            "met": None if met is None else int(met),
            "who": plain(who),
            "at": said.at,
        }
        self._db.write(lambda connection: connection.execute(labels.insert(), row))
        return said

    def labels(self, filter: Filter = _ALL, *, trace: str | None = None, history: bool = False) -> Iterator[Label]:
        """The labels that count, in the order of their giving; with `history` all that was ever said."""
        last = 0
        while found := self._all(queries.current_labels(filter, trace=trace, history=history, after=last, limit=_PAGE)):
            for row in found:
                last = row.number
                met = None if row.met is None else bool(row.met)
                yield Label(trace=row.id, candidate=row.candidate, clause=row.clause, met=met, who=row.who, at=row.at)

    def prune(self, *, before: float, keep_labelled: bool = True, owner: str | None = None) -> int:
        """Removes the traces that started before `before` (seconds since the epoch), with all that belongs to them, and gives their number; what somebody
        labelled stays unless told otherwise. In small transactions: writers go on meanwhile, and what was removed before a kill stays removed."""
        old = Filter(until=before, owner=owner, labelled=False if keep_labelled else None)
        removed = 0
        while done := self._db.write(lambda connection: _prune(connection, old)):
            removed += done
        return removed

    def _one(self, id: str, owner: str | None, *columns: sa.Column[Any]) -> Any:
        chosen = sa.select(*columns).select_from(queries.WITH_BODY)
        chosen = chosen.where(traces.c.id == plain(id), *queries.matching(Filter(owner=owner)))
        found = self._all(chosen)
        if not found:
            raise StoreError(f"There is no trace {id!r}.", where=self.path, hint="Look its id up with traces().")
        return found[0]

    def _all(self, chosen: sa.Select[Any]) -> Sequence[Any]:
        with self._db.reading() as connection:
            return connection.execute(chosen).all()


def _prune(connection: sa.Connection, old: Filter) -> int:
    numbers = connection.execute(queries.pruned(old, limit=_BATCH)).scalars().all()
    if numbers:
        connection.execute(traces.delete().where(traces.c.number.in_(numbers)))
    return len(numbers)


def _cost(sums: Sequence[Any]) -> Cost:
    names = ("calls", "input_tokens", "output_tokens", "seconds", "price")
    return Cost(**dict(zip(names, sums, strict=True)))


def _trace_row(row: Any) -> TraceRow:
    return TraceRow(
        number=row.number,
        id=row.id,
        time=row.started,
        spec=row.spec,
        task=row.task,
        case=row.case_id,
        status=Status(row.status),
        decoder=row.decoder,
        models=tuple(json.loads(row.models)),
        calls=row.calls + row.judge_calls,
        judge_calls=row.judge_calls,
        tokens=row.tokens,
        seconds=row.seconds,
        price=row.price,
        wrong=row.wrong,
        owner=row.owner,
        error=row.error,
        redacted=bool(row.redacted),
        labels=row.labels,
    )


def _there_are(names: Iterable[str]) -> str:
    return f"There are: {', '.join(names) or 'none'}."
