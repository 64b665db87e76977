"""The gateway: an OpenAI-compatible endpoint in front of any model, whose answers are checked and corrected; and the pages beside it.

`Assistant` is what a name in `/v1/models` stands for, `Engine` answers requests with traces, `application` is the ASGI app. Models, judges and the store are handed in.
"""

from lightwing.serve.assistants import Assistant, ServedTool
from lightwing.serve.engine import Engine

__all__ = ["Assistant", "Engine", "ServedTool"]
