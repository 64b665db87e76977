"""Strong ids: SHA-256 of the canonical JSON of everything that can change a result.

Equal id: results may be added up and a run may be resumed. Canonical JSON here is UTF-8, keys sorted, no white space, floats in Python's shortest
round-trip form; NaN and infinities are refused, for they have no JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from typing import Any

__all__ = ["canonical_json", "fresh_id", "short_id", "strong_id", "text_id"]

_FRESH = random.Random()
os.register_at_fork(after_in_child=_FRESH.seed)


def canonical_json(value: Any) -> str:
    """The one JSON text of a JSON-able value.

    >>> canonical_json({"b": 1, "a": [1.5, "é"]})
    '{"a":[1.5,"é"],"b":1}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def strong_id(value: Any) -> str:
    """SHA-256 (64 hexadecimal digits) of the canonical JSON of `value`.

    >>> strong_id({"a": 1, "b": 2}) == strong_id({"b": 2, "a": 1})
    True
    """
    return text_id(canonical_json(value))


def text_id(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes (lone surrogates kept, so that any Python string has an id)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fresh_id() -> str:
    """32 hexadecimal digits that nobody else has been given; no secret, for the next can be foretold. Seeded by the system once, not asked of it each time.

    >>> len(fresh_id()), fresh_id() != fresh_id()
    (32, True)
    """
    return f"{_FRESH.getrandbits(128):032x}"


def short_id(strong: str) -> str:
    """The first twelve digits, for people."""
    return strong[:12]
