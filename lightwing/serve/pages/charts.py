"""Charts: figures for the chart library, which is served from its installed package and never imported here.

A strict policy allows neither inline styles nor code made of text. plotly draws under it all the same, if the page holds an element that tells it so, and one more by
whose id a style sheet of its maps is passed over: that id changes with each version and is read out of the script.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["figure", "script", "style_ids"]

_SHEET = re.compile(rb'getElementById\("([0-9a-f]{64})"\)\)\{var \w+=document\.createElement\("style"\)')


@lru_cache(maxsize=1)
def script() -> Path | None:
    """The library's script; None where it is not installed, and the tables must do."""
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return path if path.is_file() else None


@lru_cache(maxsize=1)
def style_ids() -> tuple[str, ...]:
    """Ids of style sheets that the script would write into the page, were there no element of that id."""
    path = script()
    if path is None:
        return ()
    return tuple(dict.fromkeys(id.decode() for id in _SHEET.findall(path.read_bytes())))


def figure(traces: Sequence[Mapping[str, Any]], *, y: str, share: bool = False, stacked: bool = False) -> str:
    """A chart over days as JSON for the page's script. `share`: the axis goes from 0 to 100 %."""
    axis: dict[str, Any] = {"title": {"text": y}, "rangemode": "tozero"}
    if share:
        axis |= {"range": [0, 1.05], "tickformat": ".0%"}
    return json.dumps({"data": [dict(each) for each in traces], "y": axis, "stacked": stacked}, ensure_ascii=False)
