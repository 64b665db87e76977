"""Traces out of a store into one file, page by page: however many there are, the same memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lightwing.core.errors import MissingExtra, StoreError
from lightwing.core.trace import Trace
from lightwing.store.codec import case_key, decode_trace
from lightwing.store.entries import entry_of
from lightwing.store.queries import plain
from lightwing.store.rows import Filter

if TYPE_CHECKING:
    from lightwing.store.database import TraceStore

__all__ = ["export_jsonl", "export_parquet"]

_GROUP = 1000
"""Rows of a group of the Parquet file, which are in memory together."""


def export_jsonl(store: TraceStore, to: Path | BinaryIO, filter: Filter | None = None) -> int:
    """Writes the traces that a filter means as JSONL, as `read_traces` and `--traces` read it; gives their number. A path is written whole or not at all.

    Raises:
        StoreError: the file cannot be written.
    """
    if isinstance(to, Path):
        with _whole(to) as part, part.open("wb") as file:
            return export_jsonl(store, file, filter)
    count = 0
    for body, _ in store.bodies(filter or Filter()):
        to.write(body.encode() + b"\n")
        count += 1
    return count


def export_parquet(store: TraceStore, to: Path, filter: Filter | None = None) -> int:
    """Writes the traces that a filter means as one table in Parquet, whole or not at all; gives their number.

    Columns: what a list shows, the delivered `answer`, `outcomes` (clause, how it was read on the first and on the delivered candidate), and the whole
    `trace` as JSON.

    Raises:
        MissingExtra: pyarrow is not installed.
        StoreError: the file cannot be written.
    """
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        from pyarrow import parquet
    except ImportError:
        raise MissingExtra("pyarrow", extra="parquet", need="Parquet") from None
    text, number, real = pa.string(), pa.int64(), pa.float64()
    read = pa.struct([("clause", text), ("first", text), ("delivered", text)])
    schema = pa.schema(
        [
            ("id", text), ("started", pa.timestamp("us", tz="UTC")), ("spec", text), ("task", text), ("case", text), ("decoder", text),
            ("status", text), ("models", pa.list_(text)), ("calls", number), ("judge_calls", number), ("tokens", number),
            ("seconds", real), ("price", real), ("wrong", real), ("owner", text), ("error", text), ("redacted", pa.bool_()),
            ("answer", text), ("outcomes", pa.list_(read)), ("trace", text),
        ]
    )  # fmt: skip
    rows = (_row(decode_trace(body, where=store.path), body, owner) for body, owner in store.bodies(filter or Filter()))
    count = 0
    with _whole(to) as part, parquet.ParquetWriter(part, schema, compression="zstd") as writer:
        while group := list(islice(rows, _GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def _row(trace: Trace, body: str, owner: str) -> dict[str, Any]:
    entry = entry_of(trace, case=case_key(trace.case), owner=owner)
    same = ("id", "spec", "task", "decoder", "status", "calls", "judge_calls", "tokens", "seconds", "price", "wrong", "owner", "error")  # fmt: skip
    outcomes: dict[str, dict[str, str]] = {}
    for read in entry.outcomes:
        outcomes.setdefault(read["clause"], {"clause": read["clause"]})[read["stage"]] = read["verdict"]
    return {
        **{name: entry.row[name] for name in same},
        "started": _moment(trace.started),
        "case": entry.row["case_id"],
        "models": [read["model"] for read in entry.usage] or [plain(model) for model in trace.models],
        "redacted": bool(entry.row["redacted"]),
        "answer": None if trace.delivered is None else plain(trace.answer),
        "outcomes": list(outcomes.values()),
        "trace": body,
    }


def _moment(started: float) -> datetime | None:
    """A time; None for one that no calendar holds."""
    try:
        return datetime.fromtimestamp(started, UTC)
    except (OverflowError, ValueError, OSError):
        return None


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A name beside the path, which takes its place when all is written."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        raise StoreError(
            f"The file cannot be written: {error.strerror or error}.",
            where=str(path),
            hint="Check its folder and make room.",
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
