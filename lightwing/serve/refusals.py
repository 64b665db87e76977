"""What a request is refused with: the errors of the OpenAI protocol, by status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightwing.core.trace import Trace

__all__ = ["CUT_OFF", "Refused", "of_failure"]

CUT_OFF = "The gateway stopped before the answer was there; what its calls cost is not known."
"""What is recorded of a request that was broken off."""

_TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "invalid_request_error",
    415: "invalid_request_error",
    421: "invalid_request_error",
    422: "lightwing_not_met",
    429: "rate_limit_error",
    431: "invalid_request_error",
    500: "server_error",
    502: "upstream_error",
    503: "overloaded_error",
    504: "upstream_timeout",
}

_FAILURES: Mapping[str, tuple[int, str]] = {
    "ModelAuth": (502, "upstream_auth"),
    "ModelRateLimit": (429, "upstream_rate_limit"),
    "ModelTimeout": (504, "upstream_timeout"),
    "ModelUnavailable": (503, "upstream_unavailable"),
    "ModelProtocol": (502, "upstream_protocol"),
    "ModelRefused": (400, "upstream_refused"),
}


class Refused(Exception):
    """A request that is not answered: HTTP status, message, the parameter it complains of, a code for programs, seconds to wait, and what else the body says."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        wait: float | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.code = status, message, param, code
        self.wait, self.more = wait, dict(more or {})

    @property
    def body(self) -> dict[str, Any]:
        """The error as the protocol shapes it."""
        error = {"message": self.message, "type": _TYPES[self.status], "param": self.param, "code": self.code}
        return {"error": error, **self.more}

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After` where waiting helps."""
        return {} if self.wait is None else {"retry-after": str(max(1, round(self.wait)))}


def of_failure(trace: Trace) -> Refused:
    """What is told where no model gave an answer: as what the last one failed."""
    status, code = _FAILURES.get(trace.error_type, (502, "upstream_error"))
    message = trace.error or "No model gave an answer."
    return Refused(status, message, code=code, wait=5.0 if status in (429, 503) else None)
