"""Named random streams, the same in every process.

Randomness is passed in, never taken from the air: a stream is named by a seed and a path of names, so that adding a consumer does not shift the
numbers of another, and a resumed run draws what the first would have drawn.
"""

from __future__ import annotations

import hashlib
import random

__all__ = ["python_random", "stream_seed"]


def stream_seed(seed: int, *names: str | int) -> int:
    """A 128-bit seed for the stream `names` under `seed`; stable across processes, platforms and versions.

    >>> stream_seed(0, "a", "bc") == stream_seed(0, "ab", "c")
    False
    """
    text = "\x1f".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16], "big")


def python_random(seed: int, *names: str | int) -> random.Random:
    """A `random.Random` for the named stream, for code that draws a few values of mixed kinds."""
    return random.Random(stream_seed(seed, *names))
