"""Answers of an endpoint that are no success: what it complains of, the error that this is, and how long to wait before asking again."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from lightwing.core.errors import ModelAuth, ModelError, ModelProtocol, ModelRateLimit, ModelRefused, ModelUnavailable

__all__ = ["Refusal", "asked_wait", "complaint", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error with the seconds to wait before the next try: below 0 as the back-off says, None where there is no use in trying."""

    error: ModelError
    wait: float | None = None


def complaint(data: bytes) -> tuple[str, str]:
    """The endpoint's message, and the parameter or code it names.

    >>> complaint(b'{"error": {"message": "no such model", "param": "model"}}')
    ('no such model', 'model')
    """
    about = ""
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(text)
        error = value.get("error", value) if isinstance(value, dict) else value
        if isinstance(error, dict):
            about = str(error.get("param") or error.get("code") or "")
            text = str(error.get("message") or error.get("detail") or error)
        else:
            text = str(error)
    return text, about


def refused(status: int, message: str, about: str, *, who: str, key_env: str | None, asked: float) -> Refusal:
    """What a status that is no success means; `message` is fit to be shown, `asked` is what `asked_wait` gives."""
    what = f"The endpoint answered {status}: {_sentence(message)}"
    if status in (401, 403):
        hint = f"Check the key in {key_env}." if key_env else "No key was sent: name its variable, key_env."
        return Refusal(error=ModelAuth(what, where=who, hint=hint))
    if status == 429:
        out_of_money = about == "insufficient_quota"
        hint = (
            "Waiting does not help: look at the plan and the limits with the provider."
            if out_of_money
            else "Ask for fewer calls at a time (concurrency), or raise the limit with the provider."
        )
        error = ModelRateLimit(what, where=who, hint=hint, lasting=out_of_money)
        return Refusal(error=error, wait=None if out_of_money else asked)
    if status >= 500 or status in (408, 425):
        return Refusal(error=ModelUnavailable(what, where=who, hint="Try again later."), wait=asked)
    if 300 <= status < 400:
        hint = "Redirects are not followed: give the final address as base_url."
        return Refusal(error=ModelProtocol(what, where=who, hint=hint))
    hint = "Check the model's name and base_url." if status == 404 else "Change the request; asking again is no use."
    return Refusal(error=ModelRefused(what, where=who, hint=hint, about=about))


def asked_wait(retry_after: str, *, most: float) -> float:
    """Seconds that `Retry-After` asks for, at most `most`; below 0 where it asks for nothing that can be understood.

    >>> asked_wait("3", most=60.0), asked_wait("900", most=60.0), asked_wait("soon", most=60.0)
    (3.0, 60.0, -1.0)
    """
    value = retry_after.strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return -1.0
    if not seconds >= 0:
        return -1.0 if seconds != seconds else 0.0
    return min(seconds, most)


def _sentence(words: str) -> str:
    """An endpoint's own words, closed so that what to do can follow them."""
    return words if words.endswith((".", "!", "?", "…")) else words.rstrip(" :;,") + "."
