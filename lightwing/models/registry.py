"""Opens a model by its address, `prefix:name`: built-in back ends and those of other packages.

A package adds a back end by an entry point of the group `lightwing.models`: the entry point's name is the prefix, its value a function that takes an
`Opening` and returns a Model. Back ends are imported when they are opened, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from lightwing.core.case import Answer, Case, Price
from lightwing.core.clause import Spec
from lightwing.core.errors import ConfigError
from lightwing.core.outcome import Syndrome
from lightwing.core.protocols import Model
from lightwing.models.common import near

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    OptionsT = TypeVar("OptionsT", bound=DataclassInstance)

__all__ = ["ENTRY_POINTS", "Opening", "Reader", "open_model", "prefixes"]

ENTRY_POINTS = "lightwing.models"
"""The entry-point group under which a package offers its own back ends."""

Reader = Callable[[Case, Answer], Syndrome]
"""Reads an answer: what a bound spec's `read` does. The simulated model verifies its texts with it."""

_BUILT_IN: Mapping[str, str] = {
    "embedded": "lightwing.models.embedded:open_embedded",
    "openai": "lightwing.models.openai:open_openai",
    "recorded": "lightwing.models.recorded:open_recorded",
    "scripted": "lightwing.models.scripted:open_scripted",
    "simulated": "lightwing.models.simulated:open_simulated",
    "transformers": "lightwing.models.transformers:open_transformers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a back end is opened with: its prefix and name, its options, and what the caller hands in (a spec and how to read answers against it)."""

    prefix: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    spec: Spec | None = None
    read: Reader | None = None

    @property
    def address(self) -> str:
        return f"{self.prefix}:{self.name}" if self.name else self.prefix

    def options_as(self, kind: type[OptionsT]) -> OptionsT:
        """The options as a dataclass of the back end.

        Raises:
            ConfigError: an option is unknown (what was perhaps meant is named) or has a value of the wrong type.
        """
        try:
            made = msgspec.convert(dict(self.options), kind)
        except msgspec.ValidationError as error:
            raise ConfigError(
                f"An option has a wrong value: {error}.", where=self.address, hint="docs/models.md lists the options."
            ) from None
        _refuse_unknown(self.options, made, within="", where=self.address)
        self._refuse_odd_price(getattr(made, "price", None))
        return made

    def _refuse_odd_price(self, price: Price | None) -> None:
        """What is not given is unknown, not 0, and nobody charges less than nothing."""
        given = self.options.get("price")
        missing = Price.missing_in(given) if isinstance(given, Mapping) else None
        if missing:
            raise ConfigError(
                f"The price has no {missing}.",
                where=self.address,
                hint="Give both prices per token; 0 where it is free.",
            )
        for each in () if price is None else fields(price):
            if not 0 <= getattr(price, each.name) < float("inf"):
                raise ConfigError(
                    f"price.{each.name} is {getattr(price, each.name)}.",
                    where=self.address,
                    hint="Give a number of at least 0.",
                )


Factory = Callable[[Opening], Model]


def _refuse_unknown(given: Mapping[str, Any], made: Any, *, within: str, where: str) -> None:
    """Refuses a name that the dataclass `made` does not have, in it or in a dataclass inside it."""
    known = {f.name for f in fields(made)}
    for name, value in given.items():
        if name not in known:
            raise ConfigError(f"The model has no option {within}{name!s}.", where=where, hint=near(str(name), known))
        inner = getattr(made, name)
        if is_dataclass(inner) and isinstance(value, Mapping):
            _refuse_unknown(value, inner, within=f"{within}{name}.", where=where)


def _offered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def prefixes() -> tuple[str, ...]:
    """All prefixes that can be opened, those of other packages too.

    >>> "openai" in prefixes()
    True
    """
    return tuple(sorted({*_BUILT_IN, *_offered()}))


def open_model(
    address: str,
    *,
    options: Mapping[str, Any] | None = None,
    spec: Spec | None = None,
    read: Reader | None = None,
) -> Model:
    """The model of an address such as `embedded`, `openai:gpt-x`, `recorded:answers.jsonl`, `scripted:answers.jsonl`, `simulated:weak`, `transformers:ORG/NAME`.

    `options` are those of the back end (docs/models.md); `spec` and `read` are needed by `simulated` alone, which writes texts for a spec.

    Raises:
        ConfigError: no prefix, an unknown one, or a wrong option; what was perhaps meant is named.
        MissingExtra: the back end needs a package that is not installed.

    >>> open_model("opnai:gpt-x")
    Traceback (most recent call last):
    ...
    lightwing.core.errors.ConfigError: opnai:gpt-x: There is no kind of model 'opnai'. Did you mean 'openai'? There are: embedded, openai, recorded, scripted, simulated, transformers.
    """
    prefix, colon, name = address.partition(":")
    if prefix != "embedded" and (not colon or not prefix or not name):
        raise ConfigError(
            "A model's address is written prefix:name, for example openai:gpt-x.",
            where=repr(address),
            hint=near(prefix, prefixes()),
        )
    opening = Opening(prefix=prefix, name=name, options=dict(options or {}), spec=spec, read=read)
    return _factory(opening)(opening)


def _factory(opening: Opening) -> Factory:
    if opening.prefix in _BUILT_IN:
        module, _, function = _BUILT_IN[opening.prefix].partition(":")
        factory: Factory = getattr(import_module(module), function)
        return factory
    point = _offered().get(opening.prefix)
    if point is None:
        raise ConfigError(
            f"There is no kind of model {opening.prefix!r}.",
            where=opening.address,
            hint=near(opening.prefix, prefixes()),
        )
    try:
        loaded: Factory = point.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"The back end {point.value!r} of the prefix {opening.prefix!r} cannot be loaded: {error}.",
            where=opening.address,
            hint="Mend or remove the package that offers it.",
        ) from error
    return loaded
