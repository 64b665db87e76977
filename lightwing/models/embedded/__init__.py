"""The embedded model: a small language model that ships with the package, to try the machinery on without a key or a download.

It was trained on a text grammar (`lightwing.train.world`) and knows little else: short stories, product notes and mails in simple English. Its model card is
docs/embedded-model.md. Needs the extra `embedded` (ctranslate2, tokenizers, safetensors).
"""

from lightwing.models.embedded.model import EmbeddedModel, open_embedded

__all__ = ["EmbeddedModel", "open_embedded"]
