"""Error models and decoders. A decoder is a pure function from Evidence to Action; `decoder(name)` opens one.

To add one: a file here with a class that has `name` and `compile`, a line in `_BUILT_IN`, and it is in the contract test. From your own package: an
entry point in the group ``lightwing.decoders`` that gives a decoder when called without arguments.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from importlib.metadata import entry_points

from lightwing.core.errors import ConfigError
from lightwing.core.protocols import Decoder
from lightwing.decode.optimal import CostOptimal
from lightwing.decode.repair import Cascade, RepairBest
from lightwing.decode.simple import BestOf

__all__ = ["BestOf", "Cascade", "CostOptimal", "RepairBest", "decoder", "decoders"]

_BUILT_IN: dict[str, Callable[[], Decoder]] = {
    "first": lambda: BestOf(n=1),
    "best-of-4": lambda: BestOf(n=4),
    "repair-best": RepairBest,
    "cascade": Cascade,
    "cost-optimal": CostOptimal,
}


def decoders() -> list[str]:
    """Names that `decoder` opens; `best-of-N` stands for any N."""
    return sorted({*_BUILT_IN, *(point.name for point in entry_points(group="lightwing.decoders"))})


def decoder(name: str) -> Decoder:
    """The decoder of this name. Raises ConfigError for an unknown one.

    >>> decoder("best-of-8").name
    'best-of-8'
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name]()
    if (best_of := re.fullmatch(r"best-of-([1-9]\d{0,3})", name)) is not None:
        return BestOf(n=int(best_of.group(1)))
    for point in entry_points(group="lightwing.decoders", name=name):
        made: Decoder = point.load()()
        return made
    near = difflib.get_close_matches(name, decoders(), n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(decoders())} (any best-of-N)."
    raise ConfigError(f"There is no decoder {name!r}.", hint=hint)
