"""The errors a user can meet, in one tree.

::

    LightwingError
    ├── InputError              what a person, a file or a caller gave cannot be used   (exit 2)
    │   ├── DocumentError       an instruction document: empty, binary, too large
    │   ├── SpecError           a spec file: invalid YAML, newer schema, wrong document, unknown field
    │   │   ├── UnknownCheck    names a check that is not registered
    │   │   ├── BadArguments    an argument is unknown, missing or of the wrong type; a pattern RE2 refuses
    │   │   └── Contradiction   clauses that no answer can satisfy together
    │   ├── CaseError           a line of a case file, with its number
    │   ├── ConfigError         configuration or command-line value
    │   ├── ErrorModelError     an error-model file: invalid YAML, newer schema, a rate that is none
    │   │   └── StaleErrorModel measured on another spec, model or judge than the one at hand
    │   ├── CertificateError    a certificate file: invalid YAML, newer schema, changed after it was made
    │   ├── TableError          a table of scores, votes or results: shape, names, cells, or too little in it for what is asked
    │   ├── TooFewLabels        no error rate can be certified from so few labelled deliveries
    │   └── NotYet              something a later version will do, refused by name
    ├── MissingExtra            an optional package is not installed                    (exit 3)
    ├── KeyRefused              a gateway's API key: none, unknown, revoked, or not for this
    ├── LimitReached            a rate, a budget, a concurrency limit, a full queue; says how long to wait
    ├── ModelError              a model did not give a usable answer
    │   ├── ModelAuth           401, 403, or no key
    │   ├── ModelRateLimit      429 after all retries
    │   ├── ModelTimeout        no answer in time
    │   ├── ModelUnavailable    connection refused, 5xx after all retries
    │   ├── ModelProtocol       the answer is not what the protocol promises (invalid JSON, half a stream, too large)
    │   ├── ModelRefused        the endpoint refused the request (400, 404, 422)
    │   ├── NotRecorded         a recorded model was asked for a case it has no answer for
    │   └── Unsteerable         a simulated model cannot write a text with the outcomes it drew
    └── StoreError              a trace could not be written or read (disk full, second writer, schema)

Every message says what is wrong, where, what was expected, and what to do. ``str(error)`` is the whole message.
"""

from __future__ import annotations

__all__ = [
    "BadArguments",
    "CaseError",
    "CertificateError",
    "ConfigError",
    "Contradiction",
    "DocumentError",
    "ErrorModelError",
    "InputError",
    "KeyRefused",
    "LightwingError",
    "LimitReached",
    "MissingExtra",
    "ModelAuth",
    "ModelError",
    "ModelProtocol",
    "ModelRateLimit",
    "ModelRefused",
    "ModelTimeout",
    "ModelUnavailable",
    "NotRecorded",
    "NotYet",
    "SpecError",
    "StaleErrorModel",
    "StoreError",
    "TableError",
    "TooFewLabels",
    "UnknownCheck",
    "Unsteerable",
]


class LightwingError(Exception):
    """Root of the tree. `what` is one sentence; `where` and `hint` (what to do) are optional parts of the message."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(what, where, hint)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"


class InputError(LightwingError):
    """What a person, a file or a caller gave cannot be used."""


class DocumentError(InputError):
    """An instruction document is empty, not text, or larger than the limit."""


class SpecError(InputError):
    """A spec file cannot be used."""


class UnknownCheck(SpecError):
    """A spec names a check that is not registered."""


class BadArguments(SpecError):
    """A check's argument is unknown, missing or out of range."""


class Contradiction(SpecError):
    """Clauses that no answer can satisfy together."""


class CaseError(InputError):
    """A line of a case file cannot be read."""


class ConfigError(InputError):
    """A configuration file or option has a value that cannot be used."""


class ErrorModelError(InputError):
    """An error-model file cannot be used."""


class StaleErrorModel(ErrorModelError):
    """An error model, or a certificate, was measured on another spec, model, judge or decoder than the one at hand: what it says does not hold here."""


class CertificateError(InputError):
    """A certificate file cannot be used."""


class TableError(InputError):
    """A table of scores, votes or results cannot be used, or cannot carry what was asked of it."""


class TooFewLabels(InputError):
    """No error rate can be certified from so few labelled deliveries. `needed` is the least that could do, if none of them were wrong."""

    def __init__(self, what: str, *, where: str = "", hint: str = "", needed: int = 0) -> None:
        super().__init__(what, where=where, hint=hint)
        self.needed = needed


class NotYet(InputError):
    """A named feature that this version does not have."""


class MissingExtra(LightwingError):
    """An optional package is needed; the message holds the install command."""

    exit_code = 3

    def __init__(self, package: str, *, extra: str, need: str) -> None:
        super().__init__(
            f"{need} needs the package {package}.", hint=f"Install it with: pip install 'lightwing[{extra}]'"
        )


class KeyRefused(LightwingError):
    """A gateway does not serve who asks: no API key, an unknown or revoked one, or (`known`) a good one that may not do this. The key is not repeated."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "", known: bool = False) -> None:
        super().__init__(what, where=where, hint=hint)
        self.known = known


class LimitReached(LightwingError):
    """A limit of a gateway is reached. `limit` is its name, `wait` the seconds after which asking again may help."""

    exit_code = 1

    def __init__(self, what: str, *, limit: str, wait: float, where: str = "", hint: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.limit, self.wait = limit, wait


class ModelError(LightwingError):
    """A model did not give a usable answer."""

    exit_code = 1


class ModelAuth(ModelError):
    """The endpoint refused the key, or no key is set. `sent` is False where nothing was sent, so that no call was made."""

    def __init__(self, what: str, *, where: str = "", hint: str = "", sent: bool = True) -> None:
        super().__init__(what, where=where, hint=hint)
        self.sent = sent


class ModelRateLimit(ModelError):
    """The endpoint kept answering 429 after all retries. `lasting`: the quota is used up, and no waiting mends it."""

    def __init__(self, what: str, *, where: str = "", hint: str = "", lasting: bool = False) -> None:
        super().__init__(what, where=where, hint=hint)
        self.lasting = lasting


class ModelTimeout(ModelError):
    """No answer arrived within the time allowed."""


class ModelUnavailable(ModelError):
    """The endpoint could not be reached, or kept answering 5xx."""


class ModelProtocol(ModelError):
    """The endpoint's answer breaks the protocol: invalid JSON, a stream cut short, far too large."""


class ModelRefused(ModelError):
    """The endpoint refused this request (400, 404, 422); asking again changes nothing. `about` is the parameter that it complained of, where it names one."""

    def __init__(self, what: str, *, where: str = "", hint: str = "", about: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.about = about


class NotRecorded(ModelError):
    """A recorded model has no (further) answer for this case."""


class Unsteerable(ModelError):
    """A simulated model cannot write a text in which exactly the chosen clauses fail; the clauses in the way are named."""


class StoreError(LightwingError):
    """A trace could not be written or read."""

    exit_code = 1
