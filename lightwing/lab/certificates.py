"""Certificate files: YAML that a person can read, with the statement, the figures it rests on, and the ids that it is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lightwing.core.errors import CertificateError
from lightwing.core.files import write_whole
from lightwing.core.ids import short_id
from lightwing.core.risk import Binding, Certificate
from lightwing.lab.risk import at_most

__all__ = [
    "CERTIFICATE_SCHEMA",
    "dump_certificate",
    "load_certificate",
    "parse_certificate",
    "save_certificate",
]

CERTIFICATE_SCHEMA = 1
"""Version of the file's schema. A file of a newer one is refused."""

_LIMIT = 1_000_000
_HOW = "Make one with: lightwing certify SPEC --cases FILE -o FILE."
_FIELDS = ("schema", "id", "statement", "target", "confidence", "level", "labelled", "wrong", "bound")
_BOUND = ("spec", "models", "judges", "decoder", "errors")


def dump_certificate(certificate: Certificate) -> str:
    """The file's text. `parse_certificate` reads it back to an equal value."""
    c, b = certificate, certificate.bound
    lines = [
        f"# Lightwing certificate {short_id(c.id)}, for --certificate of `lightwing run` and `lightwing batch`.",
        f"schema: {CERTIFICATE_SCHEMA}",
        f"id: {c.id}",
        f"statement: {_quoted(c.statement)}",
        f"target: {c.target!r}",
        f"confidence: {c.confidence!r}",
        "# An answer is delivered where P(wrong) is at most this.",
        f"level: {c.level!r}",
        f"labelled: {c.labelled}",
        f"wrong: {c.wrong}",
        "# It holds for these, and for nothing else.",
        "bound:",
        *(f"  {name}: {_quoted(getattr(b, name))}" for name in _BOUND),
    ]
    return "\n".join(lines) + "\n"


def _quoted(value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_quoted, value))}]"
    plain = (c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in value)
    return f'"{"".join(plain)}"'


def save_certificate(certificate: Certificate, path: Path) -> None:
    """Writes the file whole or not at all. Raises CertificateError where it cannot be written."""
    write_whole(path, dump_certificate(certificate), what="certificate", error=CertificateError)


def load_certificate(path: Path) -> Certificate:
    """The certificate of a file. Raises CertificateError, saying what is wrong and where."""
    try:
        if path.stat().st_size > _LIMIT:
            raise CertificateError(f"The file has more than {_LIMIT:,} bytes.", where=str(path), hint=_HOW)
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CertificateError(
            f"The certificate cannot be read: {error.strerror}.", where=str(path), hint=_HOW
        ) from None
    except UnicodeDecodeError:
        raise CertificateError("The file is not UTF-8 text.", where=str(path), hint=_HOW) from None
    return parse_certificate(text, where=str(path))


def parse_certificate(text: str, *, where: str = "certificate") -> Certificate:
    """What a YAML text states; refused where a figure was changed, or where its own figures do not carry it.

    >>> made = Certificate(target=0.05, confidence=0.95, level=0.08, labelled=200, wrong=3, bound=Binding(spec="s", models=("m",)))
    >>> parse_certificate(dump_certificate(made)) == made
    True
    """
    data = _yaml(text, where)
    if not isinstance(data, Mapping):
        raise CertificateError("A certificate file is a mapping.", where=where, hint=_HOW)
    schema = data.get("schema")
    if type(schema) is not int or not 1 <= schema <= CERTIFICATE_SCHEMA:
        raise CertificateError(
            f"The file has schema {schema!r}; this version reads up to {CERTIFICATE_SCHEMA}.",
            where=where,
            hint="Update Lightwing, or certify again.",
        )
    _refuse_other_fields(data, _FIELDS, where)
    bound = data["bound"]
    if not isinstance(bound, Mapping):
        raise CertificateError("bound must map names to ids.", where=where)
    _refuse_other_fields(bound, _BOUND, f"{where}, bound")
    made = Certificate(
        target=_share(data, "target", where),
        confidence=_share(data, "confidence", where),
        level=_share(data, "level", where),
        labelled=_count(data, "labelled", where),
        wrong=_count(data, "wrong", where),
        bound=Binding(
            spec=_word(bound["spec"], "spec", where),
            models=_words(bound["models"], "models", where),
            judges=_words(bound["judges"], "judges", where),
            decoder=_word(bound["decoder"], "decoder", where),
            errors=_word(bound["errors"], "errors", where),
        ),
    )
    if data["id"] != made.id or data["statement"] != made.statement:
        raise CertificateError(
            f"The file's id is {str(data['id'])[:12]}, and what it states has the id {short_id(made.id)}: it was changed after it was made.",
            where=where,
            hint="Certify again.",
        )
    if at_most(made.wrong, made.labelled, made.target) > 1 - made.confidence:
        raise CertificateError(
            f"{made.wrong} wrong of {made.labelled} do not carry what it states.", where=where, hint="Certify again."
        )
    return made


def _yaml(text: str, where: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise CertificateError(
            f"Invalid YAML: {error.problem or error.context}.", where=f"{where}{line}", hint=_HOW
        ) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise CertificateError(f"Invalid YAML: {str(error).splitlines()[0]}.", where=where, hint=_HOW) from None


def _refuse_other_fields(given: Mapping[Any, Any], fields: tuple[str, ...], where: str) -> None:
    if strange := sorted(str(k) for k in given if k not in fields):
        raise CertificateError(f"Unknown field {strange[0]!r}.", where=where, hint=_HOW)
    if missing := [k for k in fields if k not in given]:
        raise CertificateError(f"The field {missing[0]} is missing.", where=where, hint=_HOW)


def _share(data: Mapping[str, Any], name: str, where: str) -> float:
    value = data[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise CertificateError(f"{name} is {value!r}; a number between 0 and 1 is needed.", where=where)
    return float(value)


def _count(data: Mapping[str, Any], name: str, where: str) -> int:
    value = data[name]
    if type(value) is not int or not 0 <= value <= 10**6:
        raise CertificateError(f"{name} is {value!r}; a whole number from 0 to 1,000,000 is needed.", where=where)
    return value


def _word(value: Any, name: str, where: str) -> str:
    if not isinstance(value, str):
        raise CertificateError(f"{name} is {value!r}; a text is needed.", where=f"{where}, bound")
    return value


def _words(value: Any, name: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise CertificateError(f"{name} is {value!r}; a list is needed.", where=f"{where}, bound")
    return tuple(_word(each, name, where) for each in value)
