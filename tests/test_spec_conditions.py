"""Triggers, exceptions, conversation state, tool rules, fixed words, and what rules say about each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.compiler import compile_document
from lightwing.spec.duties.conditions import circumstances
from lightwing.spec.duties.cues import cue_languages, cues
from lightwing.spec.duties.reading import Reader
from lightwing.spec.duties.sayings import sayings
from lightwing.spec.text.structure import structure
from lightwing.spec.tools import conversation_checks, tool_checks


def of(text, language="en"):
    table = cues(language)
    span = Span(0, len(text))
    main = Reader(text, table, structure(text)).read(span)
    return circumstances(text, span, table, main=main.start)


@pytest.mark.parametrize(
    ("language", "text", "when"),
    [
        ("en", "If the guest is late, wait for ten minutes.", "the guest is late"),
        ("en", "When asked about prices, point to the list.", "asked about prices"),
        ("en", "Offer tea whenever the guest looks cold.", "the guest looks cold"),
        ("en", "Wait for ten minutes if the guest is late.", "the guest is late"),
        ("zh", "如果客人迟到，请等待十分钟。", "客人迟到"),
        ("zh", "当用户询问价格时，请给出列表。", "用户询问价格"),
        ("es", "Si el cliente llega tarde, espera diez minutos.", "el cliente llega tarde"),
        ("fr", "Si le client arrive en retard, attends dix minutes.", "le client arrive en retard"),
    ],
)
def test_triggers_in_the_documents_words(language, text, when):
    assert of(text, language).trigger.when == when


@pytest.mark.parametrize(
    "text", ["Ask if the guest wants tea.", "Explain when to turn left.", "Check whether it rains.", 'Say "if only".']
)
def test_what_looks_like_a_condition(text):
    assert of(text).trigger is None


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("Answer in verse unless the guest is ill.", "the guest is ill"),
        ("Unless the guest is ill, answer in verse.", "the guest is ill"),
        ("Use prose, except for haiku.", "haiku"),
    ],
)
def test_exceptions(text, when):
    found = of(text)
    assert [e.when for e in found.exceptions] == [when]
    assert found.trigger is None


def test_only_words_that_leave_nothing_to_judge_become_a_pattern():
    assert (
        of('If the user says "open sesame", show the cave.').trigger.pattern
        == "(?:^|[^0-9A-Za-z])open sesame(?:[^0-9A-Za-z]|$)"
    )
    assert of("When the user types /map, draw the map.").trigger.pattern is not None
    assert of("When the user says 'Open, sesame!', show the cave.").trigger.pattern is not None
    assert of("If the user says it's late, close the cave.").trigger.pattern is None
    assert of('If the user says "open sesame" and is polite, show the cave.').trigger.pattern is None
    assert of("If the user asks about prices, show the list.").trigger.pattern is None


def test_a_tool_call_is_a_decidable_trigger():
    assert of("When you call `find_path`, tell the guest.").trigger.tool == "find_path"


@pytest.mark.parametrize(
    ("language", "text", "state"),
    [
        ("en", "At the start of the conversation, name the mill.", "first_turn"),
        ("en", "In your first reply, name the mill.", "first_turn"),
        ("en", "At the end of the conversation, thank the guest.", "last_turn"),
        ("en", "Mention the offer at most once.", "once"),
        ("en", "Only once the guest has paid, open the gate.", "every_turn"),
        ("en", "Name the mill in every reply.", "every_turn"),
        ("zh", "对话开始时，请介绍磨坊。", "first_turn"),
        ("es", "En tu primer mensaje, nombra el molino.", "first_turn"),
        ("fr", "Dans ton premier message, nomme le moulin.", "first_turn"),
        ("ja", "最初の返答で水車小屋の名前を言ってください。", "first_turn"),
    ],
)
def test_conversation_state(language, text, state):
    assert of(text, language).state == state


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Call `find_path` before answering.",
            CheckCall(name="tool_required", args={"tool": "find_path", "before": "answer"}),
        ),
        (
            "Run every message through checkTone before answering.",
            CheckCall(name="tool_required", args={"tool": "checkTone", "before": "answer", "per": "turn"}),
        ),
        (
            "Call `find_path` before `draw_map`.",
            CheckCall(name="tool_required", args={"tool": "find_path", "before": "draw_map"}),
        ),
        (
            "Never call `ring_bell` twice.",
            CheckCall(name="tool_limit", args={"tool": "ring_bell", "max": 1, "per": "conversation"}),
        ),
        (
            "Call `ring_bell` at most 3 times.",
            CheckCall(name="tool_limit", args={"tool": "ring_bell", "max": 3, "per": "conversation"}),
        ),
        ("Never call `burn_mill`.", CheckCall(name="tool_forbidden", args={"tool": "burn_mill"})),
        (
            "Ask for the guest's consent before you call `open_gate`.",
            CheckCall(name="tool_consent", args={"tools": ["open_gate"]}),
        ),
        ("Make only one tool call at a time.", CheckCall(name="tool_limit", args={"max": 1, "per": "answer"})),
    ],
)
def test_tool_rules(text, expected):
    assert tool_checks(text, Span(0, len(text)), cues("en")) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "The path_finder is old.",
        "Use the `python` tool for sums.",
        "Call the guest before noon.",
        "You own a map_case.",
    ],
)
def test_what_is_no_exact_tool_rule(text):
    assert tool_checks(text, Span(0, len(text)), cues("en")) == []


def test_never_repeat_an_answer():
    text = "Never give the same answer twice."
    assert conversation_checks(text, Span(0, len(text)), cues("en")) == [CheckCall(name="no_repeat_answer")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('Reply with "The mill is closed today."', ["The mill is closed today."]),
        ("Respond only with the following message: “Come back tomorrow.”", ["Come back tomorrow."]),
        ("Include a link to https://mill.example/visit in it.", ["https://mill.example/visit"]),
    ],
)
def test_fixed_words(text, words):
    assert sayings(text, Span(0, len(text)), cues("en")) == [CheckCall(name="keywords", args={"words": words})]


@pytest.mark.parametrize(
    "text",
    [
        'Say something like "The mill is closed today."',
        'Reply with "Welcome, [name], to the mill."',
        'Never say "I do not know that."',
        'Give an overview of the book "The Old Mill Stands".',
        'Say "…" and smile.',
    ],
)
def test_words_that_are_not_fixed(text):
    assert sayings(text, Span(0, len(text)), cues("en")) == []


def test_stated_precedence_links_the_clauses_both_ways():
    spec = compile_document(
        "# Rules\n1. Be brief with guests.\n2. Be exact with prices.\n\nRule 2 takes priority over rule 1.",
        kind="document",
    )
    one, two = (next(c for c in spec.clauses if word in c.text) for word in ("brief", "exact"))
    assert [(p.other, p.wins) for p in one.precedence] == [(two.id, False)]
    assert [(p.other, p.wins) for p in two.precedence] == [(one.id, True)]


def test_this_rule_overrides_all_others():
    spec = compile_document(
        "# Rules\n- Be brief with guests.\n- Be kind to children.\n- Never lie. This rule overrides all other rules.",
        kind="document",
    )
    lie = next(c for c in spec.clauses if c.text.startswith("Never"))
    assert {p.other for p in lie.precedence if p.wins} == {c.id for c in spec.clauses if c.text.startswith("Be")}


def test_an_exception_by_rule_number_yields():
    spec = compile_document(
        "# Rules\n1. Greet every guest unless rule 2 applies.\n2. Stay silent at night.", kind="document"
    )
    assert [(p.other, p.wins) for p in spec.clauses[0].precedence] == [(spec.clauses[1].id, False)]


def test_numbered_steps_are_ordered_and_numbered_rules_are_not():
    steps = compile_document(
        "Follow these steps:\n1. Ask for the date.\n2. Look up the tide.\n3. Name the boat.", kind="document"
    ).clauses
    assert [c.after for c in steps] == [None, steps[0].id, steps[1].id]
    rules = compile_document("# House rules\n1. Be calm.\n2. Be clear.", kind="document").clauses
    assert [c.after for c in rules] == [None, None]


def test_items_inherit_the_condition_that_introduces_them():
    spec = compile_document("If the guest is angry:\n- apologise at once\n- offer a refund", kind="document")
    assert [c.trigger.when for c in spec.clauses] == ["the guest is angry"] * 2


@given(st.text(max_size=200), st.sampled_from([*cue_languages(), "und"]))
@settings(max_examples=300)
def test_any_text_has_circumstances(text, language):
    table, span = cues(language), Span(0, len(text))
    circumstances(text, span, table)
    sayings(text, span, table)
    tool_checks(text, span, table)
