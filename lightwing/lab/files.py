"""Error-model files: YAML that a person can read. What a decoder is given stands beside what was seen, with its interval and its count."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lightwing.core.errormodel import ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ErrorModelError
from lightwing.core.files import write_whole
from lightwing.core.ids import short_id
from lightwing.lab.measure import Estimate, Measured

__all__ = ["ERRORS_SCHEMA", "dump_measured", "load_errors", "load_measured", "parse_measured", "save_measured"]

ERRORS_SCHEMA = 1
"""Version of the file's schema. A file of a newer one is refused."""

_LIMIT = 20_000_000
_BASES = {
    "labels": "what people said of answers: a rate that rests on it can be certified",
    "exact": "clauses that code decides",
    "planted": "violations planted for the purpose: rates are estimated, for real ones may be harder to see",
    "assumed": "nothing that was measured of the judges",
}
_FIELDS = {"schema", "id", "basis", "spec", "traces", "care", "prices", "tokens", "models", "judges", "shared"}


def dump_measured(measured: Measured) -> str:
    """The file's text. `parse_measured` reads it back to an equal value."""
    return "\n".join(_lines(measured)) + "\n"


def _lines(made: Measured) -> Iterator[str]:
    errors = made.errors
    yield f"# Lightwing error model {short_id(errors.id)}: {_many(len(errors.rungs), 'model')}, {_many(len(errors.judges), 'judge')}, {_many(errors.traces, 'trace')}."
    yield f"# Judges' rates rest on {_BASES[errors.basis]}."
    yield "# Rows are clauses by id, kinds of clauses (kind:NAME), and * for any other. A model's `seen` is [mean, low, high] of its lapse rate (95 %)."
    yield f"# What judges let pass (false_pass, blind) is stated at its {100 * made.care:g} % credible bound; their `seen` holds [mean, low, high]."
    yield f"schema: {ERRORS_SCHEMA}"
    yield "# Changes whenever a rate does. To keep figures that you change by hand, remove this line."
    yield f"id: {errors.id}"
    yield f"basis: {errors.basis}"
    yield f"spec: {_text(errors.spec)}"
    yield f"traces: {errors.traces}"
    yield f"care: {made.care}"
    yield f"prices: {json.dumps(dict(errors.prices), ensure_ascii=False)}"
    if errors.tokens:
        yield "# Mean tokens of one call, read and written."
        yield f"tokens: {json.dumps(dict(errors.tokens), ensure_ascii=False)}"
    yield "models:" if errors.rungs else "models: {}"
    for model, rungs in errors.rungs.items():
        yield f"  {_text(model)}:"
        for name, lapse in rungs.items():
            seen = made.lapses.get(model, {}).get(name)
            yield f"    {_text(name)}: {_flow({**asdict(lapse), **({} if seen is None else {'seen': _triple(seen)})})}"
    yield "judges:" if errors.judges else "judges: {}"
    for judge, readers in errors.judges.items():
        yield f"  {_text(judge)}:"
        for name, reader in readers.items():
            found = made.judges.get(judge, {}).get(name)
            more = {} if found is None else {"seen": {rate: _triple(e) for rate, e in found.items()}}
            yield f"    {_text(name)}: {_flow({**asdict(reader), **more})}"
    yield "# Share of the blind spots of the rarer-blind judge that two judges have in common."
    yield f"shared: {json.dumps(dict(errors.shared), ensure_ascii=False)}"


def _many(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _triple(e: Estimate) -> list[float]:
    return [round(x, 6) for x in (e.mean, e.low, e.high)]


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=True)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, allow_nan=False)


def save_measured(measured: Measured, path: Path) -> None:
    """Writes the file whole or not at all. Raises ErrorModelError where it cannot be written."""
    write_whole(path, dump_measured(measured), what="error model", error=ErrorModelError)


def load_errors(path: Path) -> ErrorModel:
    """The error model of a file: what a decoder is given. Raises ErrorModelError, saying what is wrong and where."""
    return load_measured(path).errors


def load_measured(path: Path) -> Measured:
    """The file with its intervals. Raises ErrorModelError."""
    try:
        if path.stat().st_size > _LIMIT:
            raise ErrorModelError(f"The file has more than {_LIMIT:,} bytes.", where=str(path))
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ErrorModelError(
            f"The error model cannot be read: {error.strerror}.",
            where=str(path),
            hint="Measure one with: lightwing calibrate SPEC -o FILE.",
        ) from None
    except UnicodeDecodeError:
        raise ErrorModelError("The file is not UTF-8 text.", where=str(path)) from None
    return parse_measured(text, where=str(path))


def parse_measured(text: str, *, where: str = "error model") -> Measured:
    """What a YAML text states.

    >>> parse_measured("models: {m: {c1: {lapse: 2}}}")
    Traceback (most recent call last):
    lightwing.core.errors.ErrorModelError: error model, model m, c1: lapse is 2; a number from 0 to 1 is needed.
    """
    data = _yaml(text, where)
    if not isinstance(data, dict):
        raise ErrorModelError(
            "An error-model file is a mapping with the keys models and judges.",
            where=where,
            hint="Measure one with: lightwing calibrate SPEC -o FILE.",
        )
    schema = data.get("schema", ERRORS_SCHEMA)
    if type(schema) is not int or not 1 <= schema <= ERRORS_SCHEMA:
        raise ErrorModelError(
            f"The file has schema {schema!r}; this version reads up to {ERRORS_SCHEMA}.",
            where=where,
            hint="Update Lightwing, or calibrate again.",
        )
    if strange := sorted(str(k) for k in set(data) - _FIELDS):
        raise ErrorModelError(f"Unknown field {strange[0]!r}.", where=where)
    basis, spec, traces = data.get("basis", "assumed"), data.get("spec", ""), data.get("traces", 0)
    if basis not in _BASES:
        raise ErrorModelError(f"The basis {basis!r} is none of {', '.join(_BASES)}.", where=where)
    if not isinstance(spec, str):
        raise ErrorModelError(f"The spec's id {spec!r} is no text.", where=where)
    lapses: dict[str, dict[str, Estimate]] = {}
    judges: dict[str, dict[str, dict[str, Estimate]]] = {}
    errors = ErrorModel(
        rungs={
            m: _rows(rows, ClauseErrors, f"{where}, model {m}", lapses, m) for m, rows in _map(data, "models", where)
        },
        judges={
            j: _rows(rows, JudgeErrors, f"{where}, judge {j}", judges, j) for j, rows in _map(data, "judges", where)
        },
        shared={k: _number(v, 1.0, f"{where}, shared", k) for k, v in _map(data, "shared", where)},
        prices={k: _number(v, math.inf, f"{where}, prices", k) for k, v in _map(data, "prices", where)},
        tokens={k: _number(v, math.inf, f"{where}, tokens", k) for k, v in _map(data, "tokens", where)},
        basis=basis,
        spec=spec,
        traces=_count(traces, where, "traces"),
    )
    stated = data.get("id", errors.id)
    if stated != errors.id:
        raise ErrorModelError(
            f"The file's id is {str(stated)[:12]}, and what it states has the id {short_id(errors.id)}: a rate was changed after it was measured.",
            where=where,
            hint="Calibrate again; to use the figures as they are, remove the line `id`.",
        )
    care = _number(data.get("care", 0.9), 1.0, where, "care")
    return Measured(errors=errors, lapses=lapses, judges=judges, care=care)


def _yaml(text: str, where: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise ErrorModelError(f"Invalid YAML: {error.problem or error.context}.", where=f"{where}{line}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise ErrorModelError(f"Invalid YAML: {str(error).splitlines()[0]}.", where=where) from None


def _map(data: Mapping[str, Any], key: str, where: str) -> list[tuple[str, Any]]:
    found = data.get(key)
    found = {} if found is None else found
    if not isinstance(found, Mapping) or not all(isinstance(k, str) for k in found):
        raise ErrorModelError(f"{key} must map names to values.", where=where)
    return list(found.items())


def _rows(rows: Any, kind: type[Any], where: str, seen: dict[str, Any], name: str) -> dict[str, Any]:
    """The rows of one model or judge; what was seen goes to `seen`."""
    if not isinstance(rows, Mapping):
        raise ErrorModelError("Rows by clause are needed.", where=where)
    known = {f.name: f for f in fields(kind)}
    made = {}
    for row, given in rows.items():
        here = f"{where}, {row}"
        if not isinstance(given, Mapping):
            raise ErrorModelError("A row is a mapping of rates.", where=here)
        if strange := [k for k in given if k not in known and k != "seen"]:
            raise ErrorModelError(f"Unknown rate {strange[0]!r}; there are {', '.join(known)}.", where=here)
        if missing := [k for k in ("lapse", "false_pass", "false_fail") if k in known and k not in given]:
            raise ErrorModelError(f"{missing[0]} is missing.", where=here)
        made[str(row)] = kind(**{k: _rate(v, here, k) for k, v in given.items() if k != "seen"})
        if "seen" in given:
            seen.setdefault(name, {})[str(row)] = _seen(given, kind, here)
    return made


def _seen(given: Mapping[str, Any], kind: type[Any], where: str) -> Any:
    if kind is ClauseErrors:
        return _interval(given["seen"], int(given.get("n", 0)), where)
    if not isinstance(given["seen"], Mapping):
        raise ErrorModelError("seen maps rates to [mean, low, high].", where=where)
    of = {"false_pass": "broken", "blind": "broken", "false_fail": "kept", "deaf": "kept"}
    return {str(k): _interval(v, int(given.get(of.get(k, "broken"), 0)), where) for k, v in given["seen"].items()}


def _interval(value: Any, n: int, where: str) -> Estimate:
    if not isinstance(value, list) or len(value) != 3:
        raise ErrorModelError(f"seen is {value!r}; [mean, low, high] is needed.", where=where)
    mean, low, high = (_number(v, 1.0, where, "seen") for v in value)
    return Estimate(mean=mean, low=low, high=high, n=n)


def _rate(value: Any, where: str, name: str) -> float | int | None:
    if name in ("n", "broken", "kept"):
        return _count(value, where, name)
    if name == "concentration":
        if value is None:
            return None
        if _number(value, math.inf, where, name) == 0:
            raise ErrorModelError("concentration is 0; a number above 0, or null, is needed.", where=where)
        return float(value)
    return _number(value, math.inf if name == "repair_factor" else 1.0, where, name)


def _number(value: Any, most: float, where: str, name: str) -> float:
    fits = (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= most
    )
    if not fits:
        upper = "of at least 0" if most == math.inf else f"from 0 to {most:g}"
        raise ErrorModelError(f"{name} is {value!r}; a number {upper} is needed.", where=where)
    return float(value)


def _count(value: Any, where: str, name: str) -> int:
    if type(value) is not int or value < 0:
        raise ErrorModelError(f"{name} is {value!r}; a whole number of at least 0 is needed.", where=where)
    return value
