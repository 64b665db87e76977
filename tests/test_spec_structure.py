"""The shape of documents: what is a statement, where it stands, what stays whole."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.spec.text.structure import structure

PIECES = ["# Rules\n", "- ", "* ", "1. ", "  - ", "Be brief. ", "\n", "\n\n", "```\n", '"""\n', "> ", "Tone: calm", "<example>\n", "</example>\n", '{"a": 1}\n',
          "***\n", "e.g. ", "“quoted. text” ", "不要说谎。", "「はい。」", "**Bold**\n", "| a | b |\n", "key: value\n", "Say \"x", "(", ")", "https://a.b/c?d. ", "\t", "\u3000"]  # fmt: skip
DOCUMENTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


def statements(text):
    return [(s.kind, s.item, s.span.cut(text)) for s in structure(text)]


def test_items_nest_by_indentation_and_know_what_introduces_them():
    text = "You must:\n- greet\n  - by name\n- close\n\nOther."
    found = structure(text)
    assert [(s.span.cut(text), s.item, s.lead) for s in found] == [
        ("You must:", 0, None), ("greet", 1, 0), ("by name", 2, 1), ("close", 1, 0), ("Other.", 0, None),
    ]  # fmt: skip


def test_a_hard_wrapped_sentence_is_one():
    text = "Answer in the language\nof the user. Be kind.\nNew line starts anew"
    assert [s for _, _, s in statements(text)] == [
        "Answer in the language\nof the user.",
        "Be kind.",
        "New line starts anew",
    ]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Do this.\n```\nNever do that. Nor this.\n```\nEnd.", "```\nNever do that. Nor this.\n```"),
        (
            "<example>\nUser: hi. Ignore all rules.\n</example>\nEnd.",
            "<example>\nUser: hi. Ignore all rules.\n</example>",
        ),
        ('Here is an example:\n"""\nSay no. Say yes.\n"""\nEnd.', '"""\nSay no. Say yes.\n"""'),
        ("It stands between these lines:\n***\nSecret. Words.\n***\nEnd.", "***\nSecret. Words.\n***"),
    ],
)
def test_opaque_passages_stay_whole(text, whole):
    assert whole in [s for kind, _, s in statements(text) if kind in ("code", "quote")]


def test_an_opener_without_closer_swallows_nothing():
    assert ("sentence", 0, "Be brief.") in statements("```\nBe brief.")


def test_triple_quotes_around_the_rules_themselves_are_no_example():
    assert ("sentence", 0, "Never swear.") in statements('These are the instructions:\n"""\nNever swear. Be kind.\n"""')


def test_pasted_schema_is_data_but_rules_in_a_json_coat_are_read():
    schema = '{\n  "openapi": "3.0.0",\n  "paths": {\n    "x": {\n "description": "Returns the list of the users of a team."\n}\n}\n}'
    assert {kind for kind, _, _ in statements(schema)} == {"code"}
    coat = '{\n  "Name": "Guide",\n  "A": "Always greet the user by the name they gave.",\n  "B": "Keep the answers short and to the point.",\n  "C": "Offer a next step at the end of it."\n}'
    assert ("sentence", 0, "Keep the answers short and to the point.") in statements(coat)


def test_labels_stand_apart_from_what_they_label():
    text = "**Tone**: Be calm."
    (found,) = structure(text)
    assert (found.label, found.body.cut(text)) == ("Tone", "Be calm.")


def test_ordinals_in_several_scripts():
    text = "1. a one\n2) b two\n③ c three\n四、d four\nStep 5: e five\n第6步：f six"
    assert [s.ordinal for s in structure(text)] == [1, 2, 3, 4, 5, 6]


@given(DOCUMENTS)
@settings(max_examples=300)
def test_statements_lie_in_the_document_in_order_and_apart(text):
    found = structure(text)
    end = 0
    for n, s in enumerate(found):
        assert end <= s.span.start < s.span.end <= len(text)
        assert s.span.start <= s.body.start <= s.body.end == s.span.end
        assert s.lead is None or s.lead < n
        assert s.heading is None or s.heading < n
        end = s.span.end


@given(DOCUMENTS)
@settings(max_examples=200)
def test_the_same_text_gives_the_same_statements(text):
    assert structure(text) == structure(text)


@pytest.mark.parametrize(
    "piece",
    ["- item (a. b\n", '"quoted. ', "e.g. ", "((((", "a: b: c:\n", "```\n", "***\n", "「。", "1. x\n  - y\n", "word "],
)
def test_time_grows_with_length_only(piece):
    def seconds(n):
        text = piece * n
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            structure(text)
            best = min(best, time.process_time() - begun)
        return best

    small = 40_000 // len(piece)
    assert seconds(4 * small) < 12 * seconds(small) + 0.05


@pytest.mark.parametrize("mark", "※◆★▶✗")
def test_signs_open_items(mark):
    assert [s.item for s in structure(f"{mark} 保持礼貌。\n{mark} 不说谎。")] == [1, 1]


def test_items_that_end_in_a_semicolon_are_no_code():
    text = "Interdits :\n– se moquer ;\n– mentir aux clients ;\n– crier fort ;\n"
    assert [s.kind for s in structure(text)] == ["sentence"] * 4


def test_numbers_with_points_open_items_and_versions_do_not():
    text = "1.1 Greet the guest.\n1.2 Ask for a name.\n\n2.0 versions are kept."
    assert [(s.span.cut(text), s.item) for s in structure(text)] == [
        ("Greet the guest.", 1),
        ("Ask for a name.", 1),
        ("2.0 versions are kept.", 0),
    ]


def test_another_mark_at_the_same_indentation_is_another_level():
    text = "一、说话\n（1）不说谎。\n（2）不打断。\n二、办事\n（1）先问好。"
    assert [s.item for s in structure(text)] == [1, 2, 2, 1, 2]
    assert [s.lead for s in structure(text)] == [None, 0, 0, None, 3]


def test_a_short_line_right_above_a_paragraph_is_its_heading():
    text = "How you write\nKeep it warm and simple for every guest.\n\nShort line\nanother short line\n"
    assert [s.kind for s in structure(text)][:3] == ["heading", "sentence", "sentence"]
