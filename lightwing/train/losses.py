"""The loss curve of a run, as JSONL while it goes and as a picture at its end."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

__all__ = ["plot"]


def plot(losses: Path, picture: Path) -> None:
    """Draws losses.jsonl (`tokens`, `loss`, now and then `held`) as a PNG; left out where matplotlib is not installed."""
    try:
        matplotlib = importlib.import_module("matplotlib")
    except ImportError:
        return
    matplotlib.use("Agg")
    pyplot = importlib.import_module("matplotlib.pyplot")
    entries = [json.loads(line) for line in losses.read_text(encoding="utf-8").splitlines()]
    if not entries:
        return
    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.plot([e["tokens"] / 1e6 for e in entries], [e["loss"] for e in entries], label="training")
    held = [e for e in entries if "held" in e]
    if held:
        axes.plot([e["tokens"] / 1e6 for e in held], [e["held"] for e in held], "o-", label="held out")
    axes.set_xlabel("million tokens")
    axes.set_ylabel("loss on the answer (nats per token)")
    axes.set_yscale("log")
    axes.legend()
    figure.tight_layout()
    figure.savefig(picture, dpi=120)
    pyplot.close(figure)
