"""Values of options, for argparse: each takes the text of the command line and refuses what is out of range."""

from __future__ import annotations

import argparse

__all__ = ["number", "share", "warmth", "whole"]


def number(text: str) -> float:
    """A number above 0, for argparse."""
    value = _float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("a number above 0 is needed")
    return value


def _float(text: str) -> float:
    """A number; not a number at all where the text is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def whole(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    value = int(text) if text.strip().isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1 is needed")
    return value


def share(text: str) -> float:
    """A number between 0 and 1, or a percentage, for argparse.

    >>> share("0.05"), share("5%")
    (0.05, 0.05)
    """
    value = _float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("a share between 0 and 1 is needed, such as 0.05 or 5%")
    return value


def warmth(text: str) -> float:
    """A temperature, for argparse."""
    value = _float(text)
    if not 0 <= value <= 10:
        raise argparse.ArgumentTypeError("a number from 0 to 10 is needed")
    return value
