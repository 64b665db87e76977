"""Spec files: YAML that a person reads, edits and keeps under version control.

The writer gives one clause per block, keys in one order, defaults left out, comments at the top. The reader names what is wrong and where: the line of
broken YAML, an unknown field with the name it looks like, an unknown check, a bad argument, a newer schema.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lightwing.core.clause import SCHEMA, CheckCall, Clause, Precedence, Span, Spec, Trigger
from lightwing.core.errors import SpecError
from lightwing.core.files import write_whole
from lightwing.core.ids import text_id
from lightwing.spec.bind import bind
from lightwing.spec.conflicts import conflicts

__all__ = ["check_document", "dump_spec", "load_spec", "parse_spec", "save_spec"]

_LIMIT = 50_000_000
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})


def dump_spec(spec: Spec) -> str:
    """The spec as YAML. `parse_spec` reads it back to an equal spec.

    >>> print(dump_spec(Spec(clauses=(Clause(id="c1", text="Be brief.", span=Span(0, 9)),))).split("clauses:")[1].strip())
    - id: c1
      text: "Be brief."
      span: [0, 9]
    """
    return "\n".join(_lines(spec)) + "\n"


def _lines(spec: Spec) -> Iterator[str]:
    checks = sum(c.check is not None for c in spec.clauses)
    yield f"# Lightwing spec: {len(spec.clauses)} clauses, {len(spec.exact)} decided by code, {len(spec.judged)} by a judge; {len(spec.background)} background passages."
    if checks > len(spec.exact):
        yield f"# {checks - len(spec.exact)} of the judged ones have a check under a condition that only a reader can decide."
    yield "# Edit freely: a clause is its text, an optional check (names and arguments: docs/clause-kinds.md) and when it holds. Spans count characters."
    yield f"schema: {spec.schema}"
    yield f"language: {_scalar(spec.language)}"
    yield f"compiler: {_scalar(spec.compiler)}"
    if spec.document is not None:
        d = spec.document
        yield f"document: {{name: {_quoted(d.name)}, sha256: {_scalar(d.sha256)}, characters: {d.characters}}}"
    for conflict in spec.conflicts:
        yield f"# CONTRADICTION: {' and '.join(conflict.clauses)}. {_flat(conflict.reason)}"
    if spec.conflicts:
        yield "conflicts:"
        yield from (f"- {_flow({'clauses': list(c.clauses), 'reason': c.reason})}" for c in spec.conflicts)
    if spec.notes:
        yield "# What the compiler wants a person to know."
        yield "notes:"
        yield from (f"- {_quoted(note)}" for note in spec.notes)
    yield "clauses:" if spec.clauses else "clauses: []"
    for clause in spec.clauses:
        yield from _clause_lines(clause)
    if spec.background:
        yield "# What obliges to nothing: characters [from, to) of the document."
        yield f"background: [{', '.join(f'[{s.start}, {s.end}]' for s in spec.background)}]"
    if spec.instruction:
        yield "# What the model is told."
        yield f"instruction: {_block(spec.instruction)}"


def _clause_lines(clause: Clause) -> Iterator[str]:
    yield f"- id: {_scalar(clause.id)}"
    yield f"  text: {_quoted(clause.text)}"
    if clause.span is not None:
        yield f"  span: [{clause.span.start}, {clause.span.end}]"
    if clause.check is not None:
        yield f"  check: {_flow({'name': clause.check.name, 'args': dict(clause.check.args)} if clause.check.args else {'name': clause.check.name})}"
    for name in ("scope", "force"):
        value = getattr(clause, name)
        if value != _DEFAULTS[name]:
            yield f"  {name}: {_quoted(value) if name == 'scope' and not _PLAIN.fullmatch(value) else _scalar(value)}"
    if clause.trigger is not None:
        yield f"  trigger: {_flow(_trigger(clause.trigger))}"
    if clause.exceptions:
        yield f"  exceptions: [{', '.join(_flow(_trigger(t)) for t in clause.exceptions)}]"
    if clause.precedence:
        yield f"  precedence: [{', '.join(_flow({'other': p.other, 'wins': p.wins}) for p in clause.precedence)}]"
    for name in ("after", "state", "weight", "allow_fix", "note"):
        value = getattr(clause, name)
        if value != _DEFAULTS[name]:
            yield f"  {name}: {_quoted(value) if name == 'note' else _scalar(value)}"


_DEFAULTS = {f.name: f.default for f in fields(Clause)}


def _trigger(trigger: Trigger) -> dict[str, str]:
    return {
        k: v for k, v in (("when", trigger.when), ("pattern", trigger.pattern), ("tool", trigger.tool)) if v is not None
    }


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return (
            value
            if _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not value.endswith(":")
            else _quoted(value)
        )
    return json.dumps(value)


def _quoted(value: str) -> str:
    """A double-quoted YAML string: JSON's, with what YAML may not hold in the open escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(c if _printable(c) else _escape(c) for c in text)


def _printable(c: str) -> bool:
    o = ord(c)
    return (
        0x20 <= o <= 0x7E
        or (0xA0 <= o <= 0xD7FF and o not in (0x2028, 0x2029))
        or (0xE000 <= o <= 0xFFFD and o != 0xFEFF)
        or o > 0xFFFF
    )


def _escape(c: str) -> str:
    return f"\\u{ord(c):04x}"


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return _scalar(value)


def _block(text: str) -> str:
    """A literal block where YAML can hold the text so, else a quoted string."""
    first = next((line for line in text.split("\n") if line), "")
    plain = (
        all(_printable(c) or c == "\n" for c in text)
        and not first.startswith(" ")
        and not text.startswith("\n")
        and text.strip()
    )
    if not plain or any(line.strip(" ") == "" and line for line in text.split("\n")):
        return _quoted(text)
    body = text.rstrip("\n")
    tail = len(text) - len(body)
    mark = "-" if tail == 0 else "" if tail == 1 else "+"
    lines = "\n".join(f"  {line}" if line else "" for line in body.split("\n"))
    return f"|{mark}\n{lines}" + "\n" * max(0, tail - 1)


def _flat(text: str) -> str:
    return "".join(c if _printable(c) else " " for c in text)


def save_spec(spec: Spec, path: Path) -> None:
    """Writes the file whole or not at all. Raises SpecError where it cannot be written."""
    write_whole(path, dump_spec(spec), what="spec", error=SpecError)


def load_spec(path: Path) -> Spec:
    """Reads a spec file and builds every check once, so that what is wrong is told now. Raises SpecError and its kinds."""
    try:
        if path.stat().st_size > _LIMIT:
            raise SpecError(f"The file has more than {_LIMIT:,} bytes.", where=str(path), hint="Is this a spec file?")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SpecError(
            f"The spec file cannot be read: {error.strerror}.", where=str(path), hint="Check the path."
        ) from None
    except UnicodeDecodeError as error:
        raise SpecError(
            f"The spec file is not UTF-8 text (byte {error.start}).", where=str(path), hint="Is this a spec file?"
        ) from None
    return parse_spec(text, where=str(path))


def parse_spec(text: str, *, where: str = "spec") -> Spec:
    """The spec that a YAML text holds. Contradictions are found anew, so that an edited file tells the truth.

    >>> parse_spec("clauses: [{id: c1, text: Be brief., shceck: x}]")
    Traceback (most recent call last):
    lightwing.core.errors.SpecError: spec, clause c1: Unknown field 'shceck'. Did you mean 'check'?
    """
    data = _yaml(text, where)
    if not isinstance(data, dict):
        raise SpecError(
            "A spec file is a mapping with the key 'clauses'.",
            where=where,
            hint="Make one with: lightwing compile DOC -o FILE.",
        )
    schema = data.get("schema", SCHEMA)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise SpecError(
            f"The schema {schema!r} is no whole number of at least 1.",
            where=where,
            hint=f"Write schema: {SCHEMA}, or leave the line out.",
        )
    if schema > SCHEMA:
        raise SpecError(
            f"The file has schema {schema!r}; this version reads up to {SCHEMA}.",
            where=where,
            hint="Update Lightwing, or compile the document anew.",
        )
    _known(data, Spec, where)
    clauses = data.get("clauses")
    if not isinstance(clauses, list):
        raise SpecError(
            "The key 'clauses' must hold a list.",
            where=where,
            hint="Make a file to start from with: lightwing compile DOC -o FILE.",
        )
    seen: set[str] = set()
    built = tuple(_clause(item, n, where, seen) for n, item in enumerate(clauses, start=1))
    for clause in built:
        for name, other in (("after", clause.after), *(("precedence", p.other) for p in clause.precedence)):
            if other is not None and other not in seen:
                raise SpecError(
                    f"The field {name!r} names {other!r}, which is no clause.",
                    where=f"{where}, clause {clause.id}",
                    hint=_near(other, seen),
                )
    rest = {k: v for k, v in data.items() if k not in ("clauses", "conflicts", "background")}
    spans = _spans(data.get("background") or [], where)
    spec: Spec = _convert({**rest, "clauses": [], "background": []}, Spec, where)
    spec = replace(spec, clauses=built, background=spans)
    _refuse_spans_beyond(spec, where)
    try:
        bind(spec)
    except SpecError as error:
        raise type(error)(
            error.what, where=f"{where}, {error.where}" if error.where else where, hint=error.hint
        ) from error
    return replace(spec, conflicts=conflicts(built))


def _yaml(text: str, where: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    try:
        return reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise SpecError(
            f"Invalid YAML: {error.problem or error.context}.",
            where=f"{where}{line}",
            hint="Quote text that holds a colon or a dash.",
        ) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise SpecError(
            f"Invalid YAML: {str(error).splitlines()[0]}.", where=where, hint="Is this a spec file?"
        ) from None


def _clause(item: Any, n: int, where: str, seen: set[str]) -> Clause:
    name = str(item.get("id", f"number {n}")) if isinstance(item, dict) else f"number {n}"
    place = f"{where}, clause {name}"
    if not isinstance(item, dict):
        raise SpecError(
            "A clause is a mapping with 'id' and 'text'.", where=place, hint='For example: {id: c1, text: "Be brief."}'
        )
    _known(item, Clause, place)
    for key, kind in (("check", CheckCall), ("trigger", Trigger)):
        if isinstance(item.get(key), dict):
            _known(item[key], kind, f"{place}, {key}")
    parts: tuple[tuple[str, type], ...] = (("exceptions", Trigger), ("precedence", Precedence))
    for key, each in parts:
        values = item.get(key)
        for part in values if isinstance(values, list) else ():
            if isinstance(part, dict):
                _known(part, each, f"{place}, {key}")
    item = dict(item)
    if item.get("span") is not None:
        item["span"] = _span(item["span"], place)
    if item.get("check") is not None and isinstance(item["check"], str):
        item["check"] = {"name": item["check"]}
    clause: Clause = _convert(item, Clause, place)
    if clause.id in seen:
        raise SpecError(f"Two clauses have the id {clause.id!r}.", where=place, hint="Give every clause its own id.")
    if not clause.text.strip():
        raise SpecError("The clause has no text.", where=place, hint="Say in words what it demands.")
    seen.add(clause.id)
    return clause


def _span(value: Any, place: str) -> dict[str, int]:
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(v, int) and not isinstance(v, bool) for v in value)
        and 0 <= value[0] <= value[1]
    ):
        return {"start": value[0], "end": value[1]}
    raise SpecError(
        f"The span {value!r} is not [from, to].",
        where=place,
        hint="Two whole numbers: characters of the document, or leave it out.",
    )


def _spans(values: Any, where: str) -> tuple[Span, ...]:
    if not isinstance(values, list):
        raise SpecError("The key 'background' must hold a list of spans.", where=where, hint="It may be left out.")
    return tuple(Span(**_span(value, f"{where}, background")) for value in values)


def _refuse_spans_beyond(spec: Spec, where: str) -> None:
    """Raises SpecError for a span that ends behind the document's last character, where the document's length is told."""
    if spec.document is None:
        return
    length = spec.document.characters
    placed = [(f"clause {c.id}", c.span) for c in spec.clauses] + [("background", s) for s in spec.background]
    for place, span in placed:
        if span is not None and span.end > length:
            raise SpecError(
                f"The span [{span.start}, {span.end}] lies beyond the document, which has {length:,} characters.",
                where=f"{where}, {place}",
                hint="Mend it, leave it out, or compile the document anew.",
            )


def _known(data: Mapping[Any, Any], cls: type, place: str) -> None:
    assert is_dataclass(cls)
    names = [f.name for f in fields(cls)]
    for key in data:
        if key not in names:
            raise SpecError(f"Unknown field {key!r}.", where=place, hint=_near(str(key), names))


def _near(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(sorted(map(str, known))[:20])}."


def _convert(data: Any, cls: Any, place: str) -> Any:
    try:
        return msgspec.convert(data, cls)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$")
        field = path.strip("`").lstrip(".")
        raise SpecError(
            f"{problem}{f' in {field!r}' if field else ''}.",
            where=place,
            hint="Compare a file made by lightwing compile.",
        ) from None


def check_document(spec: Spec, text: str, *, where: str = "spec") -> None:
    """Raises SpecError where the spec was compiled from another text than this. Line ends (LF, CRLF) may differ: they instruct nobody."""
    if spec.document is None:
        raise SpecError(
            "The spec does not say which document it was compiled from.", where=where, hint="Compile the document anew."
        )
    lines = text.replace("\r\n", "\n")
    if spec.document.sha256 not in (text_id(text), text_id(lines), text_id(lines.replace("\n", "\r\n"))):
        raise SpecError(
            f"The spec was compiled from another text ({spec.document.name}, {spec.document.characters:,} characters; this one has {len(text):,}).",
            where=where,
            hint="Compile the document anew, or give the document that belongs to it.",
        )
