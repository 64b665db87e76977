"""The shipped model for tests: skipped with a message where its extra, or its weights, are not there."""

from __future__ import annotations

import pytest

from lightwing.models.embedded import EmbeddedModel
from lightwing.models.embedded.engine import PACKAGED, engine


def embedded_model(precision: str = "int8") -> EmbeddedModel:
    """The shipped weights, opened once for the process."""
    for package in ("ctranslate2", "tokenizers", "safetensors"):
        pytest.importorskip(package, reason="needs the extra embedded")
    if not (PACKAGED / "model.safetensors").exists():
        pytest.skip("the weights are not in this checkout")
    return EmbeddedModel(engine(PACKAGED, precision))
