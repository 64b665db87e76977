"""The model that is trained: a small Llama, and the optimizers for it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightwing.core.errors import ConfigError, MissingExtra

__all__ = ["Optimizers", "Shape", "load_weights", "new_model", "package"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The model's shape: a Llama with tied embeddings. `width` is a multiple of `heads`; `context` is the most tokens it reads and writes."""

    width: int = 128
    layers: int = 5
    heads: int = 4
    inner: int = 352
    context: int = 640


def package(name: str) -> Any:
    """A package of the extra `train`.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingExtra(name.partition(".")[0], extra="train", need="Training") from None


def new_model(shape: Shape, vocabulary: int) -> Any:
    """A Llama of this shape, for so many tokens, with weights by chance."""
    transformers = package("transformers")
    config = transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
        rope_theta=10000.0,
    )
    return transformers.LlamaForCausalLM(config)


def load_weights(model: Any, folder: Path) -> None:
    """Takes over the weights of a trained model of the same shape.

    Raises:
        ConfigError: there are none in the folder, or they are of another shape.
    """
    file = folder / "model.safetensors"
    if not file.is_file():
        raise ConfigError("There is no model to start from.", where=str(file), hint="Give the folder of a training.")
    weights = package("safetensors.torch").load_file(file)
    try:
        missing, unknown = model.load_state_dict(weights, strict=False)
    except RuntimeError:
        missing, unknown = ["shape"], []
    if unknown or set(missing) - {"lm_head.weight"}:
        raise ConfigError(
            "The model to start from has another shape.",
            where=str(folder),
            hint="Give the shape that it was made with.",
        )


class Optimizers:
    """Muon for the matrices inside, at `rate`; AdamW for embeddings and norms, at `adam_rate`."""

    def __init__(self, model: Any, *, rate: float, adam_rate: float, decay: float) -> None:
        torch = package("torch")
        inner = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n and "lm_head" not in n]
        known = {id(p) for p in inner}
        rest = [p for p in model.parameters() if id(p) not in known]
        self._all = [
            torch.optim.Muon(inner, lr=rate, weight_decay=decay),
            torch.optim.AdamW(rest, lr=adam_rate, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        self._base = [rate, adam_rate]

    def step(self, factor: float) -> None:
        """One step at `factor` times the rates; gradients are cleared."""
        for optimizer, base in zip(self._all, self._base, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = base * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> list[Any]:
        """What `load` takes."""
        return [optimizer.state_dict() for optimizer in self._all]

    def load(self, states: Sequence[Any]) -> None:
        """Goes on from a state."""
        for optimizer, state in zip(self._all, states, strict=True):
            optimizer.load_state_dict(state)
