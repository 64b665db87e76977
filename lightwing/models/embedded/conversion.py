"""The weights of a Llama as CTranslate2 wants them: query, key and value in one matrix, names of its own."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["converted"]

Weights = Mapping[str, "np.ndarray[Any, Any]"]


def converted(config: Mapping[str, Any], stored: Weights, tokens: Sequence[str], *, end: str) -> dict[str, bytes]:
    """The files of a CTranslate2 model by name, from a Llama's config and weights as `transformers` stores them."""
    weights = {name: array.astype(np.float32) for name, array in stored.items()}
    specs = importlib.import_module("ctranslate2.specs")
    spec = specs.TransformerDecoderModelSpec.from_config(
        config["num_hidden_layers"],
        config["num_attention_heads"],
        activation=specs.common_spec.Activation.SWISH,
        pre_norm=True,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,
        rotary_interleave=False,
        rotary_base=(config.get("rope_parameters") or config).get("rope_theta", 10000.0),
    )
    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = weights["model.embed_tokens.weight"]
    decoder.projection.weight = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])
    decoder.layer_norm.gamma = weights["model.norm.weight"]
    for at, layer in enumerate(decoder.layer):
        _fill(layer, weights, f"model.layers.{at}.")
    spec.config.layer_norm_epsilon = config["rms_norm_eps"]
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "", end, ""
    spec.register_vocabulary(list(tokens))
    spec.validate()
    with tempfile.TemporaryDirectory() as place:
        spec.save(place)
        return {file.name: file.read_bytes() for file in Path(place).iterdir()}


def _fill(layer: Any, weights: Weights, own: str) -> None:
    layer.self_attention.layer_norm.gamma = weights[own + "input_layernorm.weight"]
    layer.self_attention.linear[0].weight = np.concatenate([weights[f"{own}self_attn.{n}_proj.weight"] for n in "qkv"])
    layer.self_attention.linear[1].weight = weights[own + "self_attn.o_proj.weight"]
    layer.ffn.layer_norm.gamma = weights[own + "post_attention_layernorm.weight"]
    layer.ffn.linear_0.weight = weights[own + "mlp.gate_proj.weight"]
    layer.ffn.linear_0_noact.weight = weights[own + "mlp.up_proj.weight"]
    layer.ffn.linear_1.weight = weights[own + "mlp.down_proj.weight"]
