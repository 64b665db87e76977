"""What the counters are told: the bounds, the marker and the level of the check `count`."""

from __future__ import annotations

from typing import Protocol

from lightwing.checks.base import Setting

__all__ = ["Asked"]


class Asked(Protocol):
    """What a counter may know of the check that asks."""

    @property
    def bounds(self) -> tuple[int, int | None]: ...
    @property
    def setting(self) -> Setting: ...
    @property
    def marker(self) -> str | None: ...
    @property
    def level(self) -> int | None: ...
