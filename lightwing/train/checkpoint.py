"""Checkpoints: all that a run needs to go on as if it had not been stopped."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lightwing.core.errors import ConfigError
from lightwing.train.model import Optimizers, Shape, package

__all__ = ["Place", "restore", "save"]


@dataclass(slots=True)
class Place:
    """Where a run stands: steps (each process takes one batch a step), tokens of all processes, seconds."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0


def save(path: Path, *, model: Any, optimizers: Optimizers, place: Place, shape: Shape, seed: int) -> None:
    """Writes a checkpoint; a kill while it is written leaves the one before."""
    torch = package("torch")
    state = {
        "model": model.state_dict(),
        "optimizers": optimizers.state(),
        "place": asdict(place),
        "shape": asdict(shape),
        "seed": seed,
        "random": torch.get_rng_state(),
    }
    temporary = path.with_suffix(".new")
    torch.save(state, temporary)
    temporary.replace(path)


def restore(path: Path, *, model: Any, optimizers: Optimizers, shape: Shape, seed: int) -> Place:
    """Puts model, optimizers and chance where the checkpoint has them.

    Raises:
        ConfigError: it is of another shape or seed.
    """
    torch = package("torch")
    state = torch.load(path, weights_only=True, map_location="cpu")
    if state["shape"] != asdict(shape) or state["seed"] != seed:
        raise ConfigError(
            "The checkpoint is of another shape or seed.",
            where=str(path),
            hint="Give the options that it was made with.",
        )
    model.load_state_dict(state["model"])
    optimizers.load(state["optimizers"])
    torch.set_rng_state(state["random"])
    return Place(**state["place"])
