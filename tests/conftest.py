"""Fixtures of several test files."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_tools import Ran
from hypothesis import settings

from lightwing.cli.main import main

# A first example pays for what is loaded on first use, and machines are shared: time is bounded elsewhere.
settings.register_profile("lightwing", deadline=None)
settings.load_profile("lightwing")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ran]:
    """Runs the command line in this process, in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str | Path, stdin: str | bytes = b"") -> Ran:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        try:
            code = main([str(a) for a in argv])
        except SystemExit as left:
            code = int(left.code or 0)
        read = capsys.readouterr()
        return Ran(code, read.out, read.err)

    return run
