"""`make demo` runs examples/demo.py: it must work in any directory, without a terminal, and say what its model is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_demo_runs_on_the_embedded_model(tmp_path: Path) -> None:
    pytest.importorskip("ctranslate2", reason="the demo needs the embedded model: pip install 'lightwing[embedded]'")
    command = [sys.executable, str(ROOT / "examples" / "demo.py")]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "The model is real and small" in ran.stdout
    assert "the model alone" in ran.stdout
    assert "95 % interval" in ran.stdout


def test_both_readmes_show_the_same_printout_and_point_to_files_that_are_there() -> None:
    if not (ROOT / "docs" / "benchmarks.md").exists():
        pytest.skip("docs/benchmarks.md is written by: lightwing bench all --data DIR --write docs/benchmarks.md")
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")]
    shown = [next(part for part in text.split("```") if "What was done:" in part) for text in texts]
    assert shown[0] == shown[1]
    for text in texts:
        for link in (part.split(")")[0] for part in text.split("](")[1:]):
            assert (ROOT / link).exists(), link
