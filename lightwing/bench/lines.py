"""Data files of the benches: JSON lines, plain or gzipped."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from lightwing.core.errors import CaseError, ConfigError

__all__ = ["numbered_lines", "read_lines", "read_records"]

T = TypeVar("T")


def numbered_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with their line numbers. Raises ConfigError where it cannot be read, CaseError for a line that is no JSON object."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                where = f"{path}, line {number}"
                try:
                    value = json.loads(line)
                except json.JSONDecodeError as error:
                    raise CaseError(f"This line is not JSON: {error}.", where=where) from error
                if not isinstance(value, dict):
                    raise CaseError("This line is no JSON object.", where=where)
                yield number, value
    except (OSError, EOFError) as error:
        raise ConfigError(f"The file cannot be read: {error}.", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("The file is not UTF-8 text.", where=str(path), hint="Is it the right file?") from error


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """`numbered_lines` without the numbers."""
    return (value for _, value in numbered_lines(path))


def read_records(path: Path, made: Callable[[dict[str, Any], int], T]) -> list[T]:
    """What `made` makes of every line, given the object and its line number. Raises CaseError, with the line, where a field is missing or of another form."""
    records = []
    for number, value in numbered_lines(path):
        where = f"{path}, line {number}"
        try:
            records.append(made(value, number))
        except KeyError as error:
            raise CaseError(f"This line has no field {error}.", where=where, hint="Is it the right file?") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise CaseError(
                f"A field of this line has another form: {error}.", where=where, hint="Is it the right file?"
            ) from error
    return records
