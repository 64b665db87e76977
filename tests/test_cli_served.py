"""Assistants out of a configuration and a command line: names, documents, exported definitions, tools, what is refused at the start."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from lightwing.cli.config import read_config
from lightwing.cli.served import Names, assistants_of
from lightwing.core.errors import ConfigError, Contradiction, LightwingError, StaleErrorModel
from lightwing.core.risk import Binding, Certificate
from lightwing.lab.certificates import save_certificate

_MODELS = """\
models:
  small: {model: m, base_url: "http://127.0.0.1:9/v1"}
  large: {model: l, base_url: "http://127.0.0.1:9/v1"}
run: {model: small, escalate: [large]}
"""


def found(folder: Path, text: str, names: Names = Names()) -> dict[str, Any]:  # noqa: B008 - frozen
    path = folder / "lightwing.yaml"
    path.write_text(_MODELS + text, encoding="utf-8")

    async def opened() -> dict[str, Any]:
        async with AsyncExitStack() as stack:
            return dict(await assistants_of(read_config(path), names, stack, watch=lambda m: m))

    return asyncio.run(opened())


def test_names_that_callers_use(tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("Never use commas.\n", encoding="utf-8")
    made = found(
        tmp_path,
        "assistants:\n  support: {document: rules.md, title: Support, budget: {calls: 3}}\n",
        Names(specs={"extra": str(tmp_path / "rules.md")}),
    )
    assert list(made) == [
        "lightwing",
        "lightwing/extra",
        "lightwing/support",
        "small",
        "raw/small",
        "large",
        "raw/large",
    ]
    support = made["lightwing/support"]
    assert (support.title, support.budget.calls, [m.name for m in support.models]) == (
        "Support",
        3,
        [m.name for m in made["lightwing"].models],
    )
    assert [c.check.name for c in support.spec.clauses] == ["punctuation"]
    assert made["lightwing"].spec is None
    assert made["raw/small"].raw


@pytest.mark.parametrize(
    "value",
    [
        {
            "name": "Guide",
            "instructions": "Never use commas.",
            "tools": [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}],
        },
        {"gizmo": {"display": {"name": "Guide"}, "instructions": "Never use commas."}, "tools": []},
        {
            "assistant": {
                "name": "Guide",
                "system_prompt": "Never use commas.",
                "tools": [{"type": "function", "name": "find"}, {"type": "file_search"}],
            }
        },
    ],
)
def test_definitions_exported_by_others(tmp_path: Path, value: Any) -> None:
    (tmp_path / "guide.json").write_text(json.dumps(value), encoding="utf-8")
    guide = found(tmp_path, "assistants:\n  guide: {definition: guide.json}\n")["lightwing/guide"]
    assert guide.title == "Guide"
    assert [c.check.name for c in guide.spec.clauses] == ["punctuation"]
    assert [t.name for t in guide.offered] in (["find"], [])


def test_tools_with_an_endpoint_are_the_gateways_own(tmp_path: Path) -> None:
    tools = "[{name: rate, endpoint: 'http://127.0.0.1:9/rate', parameters: {type: object}}, {name: ask}]"
    made = found(tmp_path, f"assistants:\n  shop: {{tools: {tools}}}\n")["lightwing/shop"]
    assert ([s.tool.name for s in made.tools], [t.name for t in made.offered]) == (["rate"], ["ask"])


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("assistants:\n  a: {document: none.md}\n", ConfigError, "no such file"),
        ("assistants:\n  a: {definition: none.json}\n", ConfigError, "cannot be read"),
        ("assistants:\n  a: {definition: list.json}\n", ConfigError, "no instructions"),
        ("assistants:\n  a: {definition: text.json}\n", ConfigError, "no JSON"),
        ("assistants:\n  a: {definition: list.json, document: text.json}\n", ConfigError, "both given"),
        ("assistants:\n  a: {models: [smal]}\n", ConfigError, "Did you mean small"),
        ("assistants:\n  a: {unmet: text}\n", ConfigError, "unmet_text"),
        (
            "assistants:\n  a: {streaming: optimistic, target_error: 0.05}\n",
            ConfigError,
            "before the answer is accepted",
        ),
        ("assistants:\n  a: {tools: [{name: x, endpoint: 'file:///etc/passwd'}]}\n", ConfigError, "no http"),
        ("assistants:\n  a: {docment: x.md}\n", ConfigError, "Did you mean document"),
        ("serve: {prot: 1}\n", ConfigError, "Did you mean port"),
        ("serve: {port: 70000}\n", ConfigError, "serve.port"),
        ("assistants:\n  a: {document: clash.md}\n", Contradiction, "a"),
        ("assistants:\n  a: {document: rules.md, certificate: none.yaml}\n", LightwingError, "cannot be read"),
        ("assistants:\n  a: {certificate: good.yaml}\n", ConfigError, "none of its own"),
        ("assistants:\n  a: {document: rules.md, certificate: good.yaml}\n", StaleErrorModel, "bound to the spec"),
    ],
)
def test_what_cannot_be_served_is_refused_at_the_start(
    tmp_path: Path, text: str, kind: type[Exception], said: str
) -> None:
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "text.json").write_text("hello", encoding="utf-8")
    (tmp_path / "rules.md").write_text("Never use commas.\n", encoding="utf-8")
    (tmp_path / "clash.md").write_text("Answer in at most 50 words. Answer in at least 100 words.\n", encoding="utf-8")
    certificate = Certificate(
        target=0.05, confidence=0.95, level=0.08, labelled=200, wrong=3, bound=Binding(spec="s", models=("m",))
    )
    save_certificate(certificate, tmp_path / "good.yaml")
    with pytest.raises(kind, match=said):
        found(tmp_path, text)


def test_nothing_to_answer_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lightwing.yaml"
    path.write_text("{}\n", encoding="utf-8")

    async def opened() -> None:
        async with AsyncExitStack() as stack:
            await assistants_of(read_config(path), Names(), stack, watch=lambda m: m)

    with pytest.raises(ConfigError, match="no model to answer"):
        asyncio.run(opened())
