"""Which store a command is about, and times that people write."""

from __future__ import annotations

import argparse
import os
import re
import time
from datetime import UTC, datetime

from lightwing.cli.config import Config
from lightwing.core.errors import ConfigError

__all__ = ["STORE_VARIABLE", "moment", "store_of"]

STORE_VARIABLE = "LIGHTWING_STORE"
_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


def store_of(given: str | None, config: Config) -> str | None:
    """The store that the command line names, else the environment, else the configuration; None where nobody names one.

    Raises:
        ConfigError: an empty name.
    """
    name = given if given is not None else os.environ.get(STORE_VARIABLE) or config.serve.store or config.run.store
    if name is not None and not name.strip():
        raise ConfigError("The store's name is empty.", hint="Give a path or a URL.")
    return name


def moment(text: str) -> float:
    """A time for argparse, in seconds since the epoch: a day or a time (UTC unless it says otherwise), or how long ago (90m, 12h, 30d, 2w).

    >>> moment("1970-01-02"), moment("1970-01-01T01:00+01:00"), round(time.time() - moment("2d"))
    (86400.0, 0.0, 172800)
    """
    if ago := re.fullmatch(r"(\d{1,6})([mhdw])", text.strip()):
        return time.time() - int(ago[1]) * _SECONDS[ago[2]]
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError("a time such as 2026-11-01, 2026-11-01T08:30, 12h or 30d is needed") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
