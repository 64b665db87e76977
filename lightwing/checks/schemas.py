"""JSON that is valid under a JSON Schema: nothing remote is fetched, patterns are RE2."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from lightwing.checks.base import ExactCheck
from lightwing.checks.patterns import PatternRefused, compile_re2, re2_text, refusal, samples
from lightwing.checks.structures import embedded_json
from lightwing.checks.writing import filler_word, sentence
from lightwing.core.errors import BadArguments
from lightwing.core.outcome import PASS, Outcome, fail, unknown

__all__ = ["JsonSchema"]

_DEEPEST = 12
_SHOWN = 160


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not compile_re2(pattern).search(re2_text(instance)):
        yield ValidationError(f"{_short(instance)} does not match the pattern {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for pattern, subschema in patterns.items():
            for key, value in instance.items():
                if compile_re2(pattern).search(re2_text(key)):
                    yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    patterns = [compile_re2(pattern) for pattern in schema.get("patternProperties", {})]
    for key, value in instance.items():
        if key in schema.get("properties", {}) or any(pattern.search(re2_text(key)) for pattern in patterns):
            continue
        if validator.is_type(allowed, "object"):
            yield from validator.descend(value, allowed, path=key)
        elif not allowed:
            yield ValidationError(f"the key {key!r} is not allowed")


_SAFE = {"pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _additional_properties}


@dataclass(frozen=True, kw_only=True)
class JsonSchema(ExactCheck):
    """The JSON of the answer is valid under this schema (2020-12 unless it names another draft); references stay inside the schema."""

    schema: dict[str, Any]

    def check_arguments(self) -> None:
        try:
            validator_for(self.schema, default=Draft202012Validator).check_schema(self.schema)
            for key, value in _walk(self.schema):
                if key in ("$ref", "$dynamicRef", "$recursiveRef") and not str(value).startswith("#"):
                    raise self.refuse("schema", f"free of references that leave it; got {key} {value!r}")
                if key == "unevaluatedProperties" and "patternProperties" in json.dumps(self.schema):
                    raise self.refuse("schema", "free of unevaluatedProperties together with patternProperties")
                for pattern in [value] if key == "pattern" else list(value) if key == "patternProperties" else []:
                    if isinstance(pattern, str):
                        self._pattern(pattern)
            for trial in "{}", "[]", '""', "0":
                self._validator.is_valid(json.loads(trial))
        except SchemaError as error:
            raise self.refuse("schema", f"a JSON Schema: {error.message[:_SHOWN]}") from error
        except Unresolvable as error:
            raise self.refuse("schema", f"complete: {str(error)[:_SHOWN]}") from error
        except RecursionError as error:
            raise self.refuse("schema", "free of references that lead back to themselves") from error

    def _pattern(self, pattern: str) -> None:
        try:
            compile_re2(pattern)
        except PatternRefused as error:
            raise BadArguments(
                f"Argument 'schema' of the check 'json_schema': RE2 refuses the pattern {pattern!r}: {refusal(error)}."
            ) from error

    @cached_property
    def _validator(self) -> Any:
        cls = validator_for(self.schema, default=Draft202012Validator)
        safe: Any = extend
        return safe(cls, _SAFE)(self.schema, registry=Registry())  # an empty registry: nothing is fetched

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if not complete:
            return unknown()
        found = embedded_json(text)
        if found is None:
            return fail("The answer has no valid JSON; write JSON that follows the schema.")
        try:
            error = best_match(self._validator.iter_errors(found.value))
        except RecursionError:
            return fail("The answer's JSON is nested too deeply to be read.")
        if error is None:
            return PASS
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        return fail(f"The answer's JSON breaks the schema at ${place}: {_clip(error.message)}.")

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        made = _instance(rng, self.schema, self.schema, 0, self.setting.language)
        if made is not _NOTHING:
            yield json.dumps(made, ensure_ascii=False)
            yield f"```json\n{json.dumps(made, ensure_ascii=False, indent=1)}\n```"

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        yield sentence(rng, 6, self.setting.language)
        kind = self.schema.get("type")
        if isinstance(kind, str):
            yield json.dumps([0] if kind != "array" else {"": 0})
        made = _instance(rng, self.schema, self.schema, 0, self.setting.language)
        if isinstance(made, dict):
            for key in self.schema.get("required", ()):
                yield json.dumps({other: value for other, value in made.items() if other != key}, ensure_ascii=False)


def _walk(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every (keyword, value) in a schema, values that are data (enum, const, default, examples) left aside."""
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                yield key, value
                if key not in ("enum", "const", "default", "examples"):
                    stack.append(value)
        elif isinstance(node, list):
            stack.extend(node)


def _short(value: Any) -> str:
    return _clip(json.dumps(value, ensure_ascii=False))


def _clip(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"


_NOTHING = object()
"""What `_instance` gives where it cannot write one: the clause has no probe then and is not used as exact."""


def _instance(rng: random.Random, schema: Any, root: Any, depth: int, language: str) -> Any:
    """A value that should be valid under the schema, written from its keywords; `_NOTHING` where they are beyond it."""
    if schema is True or schema == {}:
        return filler_word(rng, language)
    if schema is False or depth > _DEEPEST or not isinstance(schema, dict):
        return _NOTHING
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples"):
        if schema.get(key):
            return schema[key][0]
    reference = schema.get("$ref")
    if reference is not None:
        target = _resolve(reference, root)
        return _NOTHING if target is _NOTHING else _instance(rng, target, root, depth + 1, language)
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            base = {k: v for k, v in schema.items() if k != key}
            choices = (_instance(rng, _merged(base, option), root, depth + 1, language) for option in schema[key])
            return next((made for made in choices if made is not _NOTHING), _NOTHING)
    if schema.get("allOf"):
        whole = {k: v for k, v in schema.items() if k != "allOf"}
        for part in schema["allOf"]:
            whole = _merged(whole, part)
        return _instance(rng, whole, root, depth + 1, language)
    if "not" in schema or "if" in schema:
        return _NOTHING
    kind = schema.get("type") or (
        "object" if "properties" in schema or "required" in schema else "array" if "items" in schema else "string"
    )
    kind = kind[0] if isinstance(kind, list) else kind
    match kind:
        case "object":
            return _object(rng, schema, root, depth, language)
        case "array":
            return _array(rng, schema, root, depth, language)
        case "string":
            return _string(rng, schema, language)
        case "integer" | "number":
            return _number(schema, kind)
        case "boolean":
            return True
        case _:
            return None


def _resolve(reference: str, root: Any) -> Any:
    node = root
    for part in reference.lstrip("#").strip("/").split("/") if reference not in ("#", "#/") else []:
        part = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or part not in node:
            return _NOTHING
        node = node[part]
    return node


def _merged(base: dict[str, Any], more: Any) -> Any:
    if not isinstance(more, dict):
        return base
    merged = {**base, **more}
    if "properties" in base and "properties" in more:
        merged["properties"] = {**base["properties"], **more["properties"]}
    if "required" in base and "required" in more:
        merged["required"] = list(dict.fromkeys([*base["required"], *more["required"]]))
    return merged


def _object(rng: random.Random, schema: dict[str, Any], root: Any, depth: int, language: str) -> Any:
    properties = schema.get("properties", {})
    made: dict[str, Any] = {}
    for key in dict.fromkeys([*schema.get("required", ()), *properties]):
        extra = schema.get("additionalProperties", True)
        value = _instance(rng, properties.get(key, extra), root, depth + 1, language)
        if value is not _NOTHING:
            made[key] = value
        elif key in schema.get("required", ()):
            return _NOTHING
    while len(made) < schema.get("minProperties", 0):
        made[f"key{len(made)}"] = filler_word(rng, language)
    return made


def _array(rng: random.Random, schema: dict[str, Any], root: Any, depth: int, language: str) -> Any:
    made = [_instance(rng, part, root, depth + 1, language) for part in schema.get("prefixItems", ())]
    for _ in range(max(schema.get("minItems", 0), min(1, schema.get("maxItems", 1))) - len(made)):
        item = _instance(rng, schema.get("items", True), root, depth + 1, language)
        if item is _NOTHING and len(made) >= schema.get("minItems", 0):
            break
        made.append(item)
    return _NOTHING if any(item is _NOTHING for item in made) else made


_FORMATS = {
    "date": "2024-05-17",
    "date-time": "2024-05-17T10:00:00Z",
    "time": "10:00:00Z",
    "email": "ann@example.org",
    "uri": "https://example.org/a",
    "uuid": "3f0c1b9e-8d5a-4c7e-9f4b-2a6d1e0c7b35",
    "ipv4": "192.0.2.1",
}


def _string(rng: random.Random, schema: dict[str, Any], language: str) -> Any:
    if "pattern" in schema:
        return next(iter(samples(schema["pattern"], rng)), _NOTHING)
    text = _FORMATS.get(schema.get("format", ""), filler_word(rng, language))
    low, high = schema.get("minLength", 0), schema.get("maxLength", len(text) + 10_000)
    return (text + "a" * max(0, low - len(text)))[: max(low, min(high, 2000 + low))]


def _number(schema: dict[str, Any], kind: str) -> Any:
    step = schema.get("multipleOf", 1)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None:
        low = 0 if high is None or high > 0 else (high // step - 1) * step
    value = -(-low // step) * step
    if value == schema.get("exclusiveMinimum"):
        value += step if kind == "integer" or high is None or value + step < high else (high - value) / 2
    if high is not None and value > high and kind == "number":
        value = (low + high) / 2
    return int(value) if kind == "integer" else value
