"""Where traces are kept: `TraceStore` (SQLite in one file, or PostgreSQL) and `JsonlTraces` (one line per trace).

What needs a database is imported when it is first used: the library behind it takes longer to load than all of the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from lightwing.store.codec import SCHEMA, case_key, decode_trace, encode_trace, identified, task_of
from lightwing.store.jsonl import JsonlTraces, read_traces
from lightwing.store.place import is_url
from lightwing.store.redaction import Redaction
from lightwing.store.rows import ClauseCount, DayCount, Filter, Label, ModelDay, Page, TraceRow

if TYPE_CHECKING:
    from lightwing.store.database import TraceStore

__all__ = [
    "SCHEMA",
    "ClauseCount",
    "DayCount",
    "Filter",
    "JsonlTraces",
    "Label",
    "ModelDay",
    "Page",
    "Redaction",
    "TraceRow",
    "TraceStore",
    "case_key",
    "decode_trace",
    "encode_trace",
    "identified",
    "is_url",
    "read_traces",
    "task_of",
]


def __getattr__(name: str) -> object:
    if name == "TraceStore":
        return import_module("lightwing.store.database").TraceStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
