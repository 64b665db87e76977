"""Data on stdout, talk on stderr. rich is imported where a table is drawn, so that the other verbs start fast."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from lightwing.core.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = [
    "console",
    "emit",
    "emit_json",
    "grid",
    "prepare",
    "progress",
    "refuse_page",
    "say",
    "talk",
    "visible",
    "working",
    "write_page",
    "writing",
]

_PLAIN_WIDTH = 140
"""Width of tables that go to a file or a pipe, where there is no window to ask."""


def prepare() -> None:
    """Makes the three streams usable: one that the caller closed is the null device, so that no file of ours takes its number; text that has no encoding
    (a lone surrogate of a model) is printed as an escape instead of ending the program."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - lives as long as the program
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def emit(text: str) -> None:
    """Data: text on stdout, with a line end."""
    with writing():
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


@contextmanager
def writing() -> Iterator[None]:
    """Names the failure where standard output cannot be written (a full disk). A reader that went away is left to the program's exit."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        # What is still in the buffer would be tried again at exit, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise StoreError(
            f"Standard output cannot be written: {error.strerror or error}.",
            hint="Make room, or send the output elsewhere.",
        ) from None


def emit_json(value: Any) -> None:
    """Data: one JSON value on one line."""
    emit(json.dumps(value, ensure_ascii=False, allow_nan=False))


def say(text: str = "") -> None:
    """Talk: a line on stderr. Control characters in it come from files, models and endpoints: they are shown, not obeyed."""
    sys.stderr.write(visible(text) + "\n")


def visible(text: str) -> str:
    """The text with control characters as escapes.

    >>> visible("red: " + chr(27) + "[31m")
    'red: \\\\x1b[31m'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else _escaped(c) for c in text)


def _escaped(char: str) -> str:
    return ascii(char)[1:-1] if ord(char) < 0xA0 else char


def refuse_page(path: str | None) -> None:
    """Raises MissingExtra or ConfigError where a page of plots is asked for that could not be made: before the work, not after it."""
    if path is None:
        return
    from lightwing.core.files import refuse_no_folder
    from lightwing.plots import require_plots

    require_plots()
    refuse_no_folder(Path(path), what="page", error=ConfigError)


def write_page(path: str, text: str) -> None:
    """A page or a sheet, whole or not at all; half a character (a lone surrogate of a model) is written as an escape."""
    from lightwing.core.files import write_whole

    write_whole(Path(path), text.encode("utf-8", "backslashreplace").decode(), what="file", error=ConfigError)


def console() -> Console:
    """Where tables that are data go; print to it under `writing`."""
    return _console(sys.stdout)


def talk() -> Console:
    """Where tables and progress that are talk go."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    width = None if stream.isatty() else _PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


@contextmanager
def working(text: str) -> Iterator[None]:
    """Shows that something is under way, where stderr is a window."""
    with talk().status(text) if sys.stderr.isatty() else nullcontext():
        yield


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[..., None]]:
    """A bar on stderr where that is a window, a line now and then where it is not. Gives `show(done, note="")`."""
    if not sys.stderr.isatty():
        told = [0]

        def line(done: int, note: str = "") -> None:
            if done * 20 // total > told[0]:
                told[0] = done * 20 // total
                say(f"{title}: {100 * done // total} % {note}".rstrip())

        yield line
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(title),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=talk(), transient=True) as bars:
        bar = bars.add_task("", total=total)
        yield lambda done, note="": bars.update(bar, completed=done, description=note)


def grid(*columns: str, right: tuple[str, ...] = (), title: str | None = None) -> Table:
    """A plain table with these columns; those in `right` are numbers."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table
