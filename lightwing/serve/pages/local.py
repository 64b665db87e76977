"""Addresses that a page may send its visitor to."""

from __future__ import annotations

__all__ = ["local"]


def local(address: str) -> str:
    """An address of these pages; `/` for any other, which a link could have smuggled in.

    >>> local("/traces/1?x=2"), local("//elsewhere/"), local("https://elsewhere/"), local("/\\\\\\\\elsewhere")
    ('/traces/1?x=2', '/', '/', '/')
    """
    fine = address.startswith("/") and not address.startswith("//") and address.isprintable() and "\\" not in address
    return address if fine else "/"
