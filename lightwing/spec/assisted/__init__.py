"""The model-assisted front end: what is asked of a model, and what of its reply is believed."""

from lightwing.spec.assisted.door import compile_with_model

__all__ = ["compile_with_model"]
