"""What the store asks the database for. Every statement is one that SQLite and PostgreSQL both know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lightwing.store.rows import Filter, day_of
from lightwing.store.tables import bodies as bodies_table
from lightwing.store.tables import labels, outcomes, traces, usage

__all__ = [
    "WITH_BODY",
    "Many",
    "bodies",
    "clause_counts",
    "current_labels",
    "day_counts",
    "insert",
    "matching",
    "model_days",
    "plain",
    "pruned",
    "rows",
    "stats",
    "usage_by_model",
]

WITH_BODY: Final = traces.join(bodies_table, bodies_table.c.trace == traces.c.number)
"""Traces beside their bodies."""

_DELIVERED: Final = ("verified", "checked")


def plain(text: str) -> str:
    """A text that every database takes: lone surrogates and NUL stand as escapes.

    >>> plain("a" + chr(0xD800) + chr(0))
    'a\\\\ud800\\\\x00'
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def insert(dialect: sa.Dialect, table: sa.Table) -> Any:
    """An insert that passes over a row whose key is there already."""
    made = postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
    return made.on_conflict_do_nothing()


class Many:
    """An insert of many rows that is compiled once and handed to the driver as it is: adding traces takes a fifth less than by the library's own way."""

    def __init__(self, dialect: sa.Dialect, table: sa.Table) -> None:
        compiled = insert(dialect, table).compile(dialect=dialect, column_keys=[c.name for c in table.c])
        self._statement, self._order = str(compiled), compiled.positiontup

    def run(self, connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Inserts the rows, each with a value for every column."""
        if rows:
            given = rows if self._order is None else [tuple([row[name] for name in self._order]) for row in rows]
            connection.exec_driver_sql(self._statement, list(given))


def matching(filter: Filter) -> list[sa.ColumnElement[bool]]:
    """The conditions of a filter on `traces`. Times stand there as days, too, by which counts find them."""
    words = {
        traces.c.spec: filter.spec,
        traces.c.status: None if filter.status is None else filter.status.value,
        traces.c.task: filter.task,
        traces.c.case_id: filter.case,
        traces.c.owner: filter.owner,
    }
    found: list[sa.ColumnElement[bool]] = [column == plain(word) for column, word in words.items() if word is not None]
    if filter.model is not None:
        wrote = usage.c.trace == traces.c.number, usage.c.model == plain(filter.model)
        found.append(sa.exists().where(*wrote))
    if filter.since is not None:
        found += [traces.c.started >= filter.since, traces.c.day >= day_of(filter.since)]
    if filter.until is not None:
        found += [traces.c.started < filter.until, traces.c.day <= day_of(filter.until)]
    if filter.labelled is not None:
        found.append(_labelled() if filter.labelled else ~_labelled())
    if filter.failed is not None:
        found.append(traces.c.error != "" if filter.failed else traces.c.error == "")
    if filter.assistant is not None:
        found.append(
            _holding(
                *(f'"assistant":{gap}{name}' for gap, name in zip(("", " "), _json(filter.assistant), strict=True))
            )
        )
    if filter.text is not None:
        found.append(_holding(*(form[1:-1] for form in _json(filter.text))))
    return found


def _holding(*forms: str) -> sa.ColumnElement[bool]:
    """Whether a trace's body holds a text in one of these forms, in whichever case."""
    body = bodies_table.alias()
    held = (body.c.body.icontains(form, autoescape=True) for form in dict.fromkeys(forms))
    return sa.exists().where(body.c.trace == traces.c.number, sa.or_(*held))


def _json(text: str) -> tuple[str, str]:
    """A text as the stored traces hold it: as it is, or (in a trace with half a character somewhere) in ASCII with escapes."""
    return msgspec.json.encode(plain(text)).decode(), json.dumps(text)


def rows(filter: Filter, *, before: int | None, limit: int) -> sa.Select[Any]:
    """Rows of a list, newest first."""
    listed = sa.select(sa.func.count()).select_from(labels).where(_current(), labels.c.trace == traces.c.number)
    columns = [column for column in traces.c if column.name not in ("case_key", "day")]
    wanted = matching(filter) if before is None else [*matching(filter), traces.c.number < before]
    return (
        sa.select(*columns, listed.scalar_subquery().label("labels"))
        .where(*wanted)
        .order_by(traces.c.number.desc())
        .limit(limit)
    )


def bodies(filter: Filter, *, after: int, limit: int) -> sa.Select[Any]:
    """Traces in the order of adding."""
    return (
        sa.select(traces.c.number, bodies_table.c.body, traces.c.owner)
        .select_from(WITH_BODY)
        .where(traces.c.number > after, *matching(filter))
        .order_by(traces.c.number)
        .limit(limit)
    )


def _known_sum(price: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The sum of prices; NULL where one of them is not known."""
    return sa.case((sa.func.count(price) == sa.func.count(), sa.func.sum(price)))


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def stats() -> sa.Select[Any]:
    """Counts and cost per task, in the order of the fields of `Stats`."""
    t = traces.c
    return sa.select(
        t.task,
        sa.func.count(),
        _count(t.status.in_(_DELIVERED)),
        _count(t.status == "not_met"),
        _count(t.status == "abstained"),
        sa.func.sum(t.calls),
        sa.func.sum(t.judge_calls),
        sa.func.sum(t.tokens),
        sa.func.sum(t.seconds),
        _known_sum(t.price),
    ).group_by(t.task)


def _costs() -> tuple[sa.ColumnElement[Any], ...]:
    u = usage.c
    return (*(sa.func.sum(c) for c in (u.calls, u.input_tokens, u.output_tokens, u.seconds)), _known_sum(u.price))


def usage_by_model() -> sa.Select[Any]:
    """What each model's candidates cost, in the order of the fields of `Cost`."""
    return sa.select(usage.c.model, *_costs()).group_by(usage.c.model)


def _without_model(filter: Filter) -> list[sa.ColumnElement[bool]]:
    return matching(replace(filter, model=None))


def model_days(filter: Filter) -> sa.Select[Any]:
    """What each model's candidates cost on each day."""
    chosen = (
        sa.select(traces.c.day, usage.c.model, sa.func.count(), *_costs())
        .select_from(traces.join(usage, traces.c.number == usage.c.trace))
        .where(*_without_model(filter))
        .group_by(traces.c.day, usage.c.model)
    )
    return chosen if filter.model is None else chosen.where(usage.c.model == plain(filter.model))


def day_counts(filter: Filter) -> sa.Select[Any]:
    """Traces and cost of each day, in the order of the fields of `DayCount`."""
    t = traces.c
    return (
        sa.select(
            t.day,
            sa.func.count(),
            *(_count(t.status == word) for word in ("verified", "checked", "not_met", "abstained")),
            _count(t.error != ""),
            sa.func.sum(t.calls),
            sa.func.sum(t.judge_calls),
            sa.func.sum(t.tokens),
            sa.func.sum(t.seconds),
            _known_sum(t.price),
        )
        .where(*matching(filter))
        .group_by(t.day)
    )


def clause_counts(filter: Filter, *, by_day: bool) -> sa.Select[Any]:
    """Verdicts of each clause by spec, model and stage, in the order of the fields of `ClauseCount`; a row without a clause counts traces that nobody read."""
    o = outcomes.c
    # First the traces that are wanted, then an outer join: SQLite, which keeps no statistics, would otherwise go through the outcomes of all traces.
    wanted = sa.select(traces.c.number, traces.c.day, traces.c.spec).where(*_without_model(filter)).cte("wanted")
    wanted = wanted.prefix_with("MATERIALIZED")
    of = o.trace == wanted.c.number
    read = wanted.outerjoin(outcomes, of if filter.model is None else sa.and_(of, o.model == plain(filter.model)))
    day = wanted.c.day if by_day else sa.null()
    keys = (wanted.c.spec, o.model, o.clause, o.stage)
    return (
        sa.select(day, *keys, *(_count(o.verdict == word) for word in ("pass", "fail", "skip", "unknown")))
        .select_from(read)
        .group_by(*keys, *((wanted.c.day,) if by_day else ()))
    )


def _last(label: Any) -> sa.ColumnElement[bool]:
    """Whether nobody said anything of the same clause and candidate after this label."""
    later = labels.alias()
    same = (later.c[name] == label.c[name] for name in ("trace", "candidate", "clause"))
    return ~sa.exists().where(*same, later.c.number > label.c.number)


def _current() -> sa.ColumnElement[bool]:
    return sa.and_(labels.c.met.is_not(None), _last(labels))


def _labelled() -> sa.ColumnElement[bool]:
    given = labels.alias()
    return sa.exists().where(given.c.trace == traces.c.number, given.c.met.is_not(None), _last(given))


def current_labels(filter: Filter, *, trace: str | None, history: bool, after: int, limit: int) -> sa.Select[Any]:
    """Labels in the order of their giving: those that count, or all."""
    la = labels.c
    chosen = (
        sa.select(la.number, traces.c.id, la.candidate, la.clause, la.met, la.who, la.at)
        .select_from(labels.join(traces, traces.c.number == la.trace))
        .where(la.number > after, *matching(filter))
        .order_by(la.number)
        .limit(limit)
    )
    if trace is not None:
        chosen = chosen.where(traces.c.id == plain(trace))
    return chosen if history else chosen.where(_current())


def pruned(filter: Filter, *, limit: int) -> sa.Select[Any]:
    """Numbers of traces to remove next, oldest first."""
    return sa.select(traces.c.number).where(*matching(filter)).order_by(traces.c.number).limit(limit)
