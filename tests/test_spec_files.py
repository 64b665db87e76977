"""Spec files: what is written is read back, and what is wrong is named with its place."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.core.clause import SCHEMA, CheckCall, Clause, DocumentRef, Precedence, Span, Spec, Trigger
from lightwing.core.errors import BadArguments, DocumentError, SpecError, UnknownCheck
from lightwing.spec.compiler import compile_document
from lightwing.spec.files import check_document, dump_spec, load_spec, parse_spec, save_spec
from lightwing.spec.text.documents import LIMIT, read_document

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(lambda t: t.strip())
TRIGGERS = st.builds(
    Trigger, when=TEXTS, pattern=st.sampled_from([None, "a+", r"\bhi\b"]), tool=st.sampled_from([None, "find"])
)
CHECKS = st.sampled_from(
    [
        None,
        CheckCall(name="count", args={"of": "words", "max": 5}),
        CheckCall(name="keywords", args={"words": ["a: b", "# c", "yes", "5"]}),
    ]
)


@st.composite
def specs(draw):
    n = draw(st.integers(0, 4))
    clauses = []
    for i in range(n):
        others = [f"c{j}" for j in range(n) if j != i]
        clauses.append(
            Clause(
                id=f"c{i}",
                text=draw(TEXTS),
                span=draw(st.sampled_from([None, Span(0, 3)])),
                check=draw(CHECKS),
                scope=draw(st.sampled_from(["answer", "each_paragraph", "section_named:My part"])),
                force=draw(st.sampled_from(["must", "should", "may"])),
                trigger=draw(st.none() | TRIGGERS),
                exceptions=tuple(draw(st.lists(TRIGGERS, max_size=2))),
                precedence=tuple(Precedence(other=o, wins=draw(st.booleans())) for o in others[:1]),
                after=others[-1] if others and draw(st.booleans()) else None,
                state=draw(st.sampled_from(["every_turn", "first_turn", "once", "last_turn"])),
                weight=draw(st.sampled_from([1.0, 0.25])),
                allow_fix=draw(st.booleans()),
                note=draw(st.just("") | TEXTS),
            )
        )
    document = draw(
        st.none() | st.builds(DocumentRef, name=TEXTS, sha256=st.just("0" * 64), characters=st.integers(9, 99))
    )
    return Spec(
        clauses=tuple(clauses), document=document, instruction=draw(st.just("") | TEXTS), background=(Span(4, 9),)
    )


@given(specs())
@settings(max_examples=200)
def test_round_trip(spec):
    back = parse_spec(dump_spec(spec))
    assert back.clauses == spec.clauses
    assert back.instruction == spec.instruction
    assert back.document == spec.document
    assert back.background == spec.background
    assert back.id == spec.id


@pytest.mark.parametrize(
    "text",
    [
        "a\n\n",
        "\n\na",
        "  a\nb",
        "a\r\nb",
        "a\tb",
        "a \n\n b\n\n\n",
        "---\n...\n# x",
        "a\n   \nb",
        "﻿a",
        "é" * 300,
        "- a\n- b: c",
    ],
)
def test_instructions_of_any_shape_survive(text):
    assert parse_spec(dump_spec(Spec(clauses=(), instruction=text))).instruction == text


def test_the_file_is_readable():
    text = "The mill is old.\nAnswer in at most 50 words.\nBe kind to children."
    lines = dump_spec(compile_document(text, name="mill.md", kind="document")).splitlines()
    assert lines[0] == "# Lightwing spec: 2 clauses, 1 decided by code, 1 by a judge; 1 background passages."
    assert "  check: {name: count, args: {of: words, max: 50}}" in lines
    assert "instruction: |-" in lines
    assert "  Be kind to children." in lines


BROKEN = [
    ("clauses: [", "Invalid YAML", "line 1"),
    ("schema: 1\nclauses:\n- id: c1\n text: x", "Invalid YAML", "line 4"),
    ("- a", "mapping", "spec"),
    ("a: 1", "'a'", "spec"),
    ("schema: 99\nclauses: []", "schema 99", "reads up to"),
    ("schema: one\nclauses: []", "'one' is no whole number", "Write schema: 1"),
    ("schema: true\nclauses: []", "True is no whole number", "Write schema: 1"),
    ("schema: 0\nclauses: []", "0 is no whole number of at least 1", "Write schema: 1"),
    ("clauses: {}", "must hold a list", "spec"),
    ("clauses: [3]", "clause number 1", "mapping"),
    ("clauses: [{id: c1}]", "clause c1", "text"),
    ("clauses: [{id: c1, text: x, trigr: 1}]", "Unknown field 'trigr'", "Did you mean 'trigger'?"),
    ("clauses: [{id: c1, text: x, trigger: {wen: a}}]", "Unknown field 'wen'", "Did you mean 'when'?"),
    ("clauses: [{id: c1, text: x, force: maybe}]", "maybe", "force"),
    ("clauses: [{id: c1, text: x, span: [3, 1]}]", "span", "clause c1"),
    ("clauses: [{id: c1, text: x, after: c7}]", "'c7'", "no clause"),
    ("clauses: [{id: c1, text: x}, {id: c1, text: y}]", "Two clauses", "c1"),
    ("clauses: [{id: c1, text: '  '}]", "no text", "clause c1"),
    ("clauses: [{id: c1, text: x, exceptions: 5}]", "clause c1", "exceptions"),
    ("clauses: []\nbackground: 7", "background", "list"),
]


@pytest.mark.parametrize(("text", "what", "more"), BROKEN)
def test_what_is_wrong_is_named(text, what, more):
    with pytest.raises(SpecError) as caught:
        parse_spec(text)
    assert what in str(caught.value)
    assert more in str(caught.value)


def test_unknown_checks_and_bad_arguments_name_clause_and_near_match():
    with pytest.raises(UnknownCheck, match=r"clause c1.*'cuont'.*count"):
        parse_spec("clauses: [{id: c1, text: x, check: {name: cuont}}]")
    with pytest.raises(BadArguments, match=r"clause c1.*'mx'.*max"):
        parse_spec("clauses: [{id: c1, text: x, check: {name: count, args: {of: words, mx: 3}}}]")
    with pytest.raises(BadArguments, match=r"clause c1.*RE2"):
        parse_spec("clauses: [{id: c1, text: x, trigger: {when: y, pattern: '(?=a)'}}]")


def test_why_re2_refuses_a_trigger_is_told_in_words():
    with pytest.raises(BadArguments, match=r"invalid perl operator: \(\?=\.") as caught:
        parse_spec("clauses: [{id: c1, text: x, trigger: {when: y, pattern: '(?=a)'}}]")
    assert "b'" not in str(caught.value)
    with pytest.raises(BadArguments, match=r"invalid perl operator: \(\?=\.$"):
        parse_spec("clauses: [{id: c1, text: x, check: {name: json_schema, args: {schema: {pattern: '(?=a)'}}}}]")


def test_spans_beyond_the_document_are_refused():
    spec = compile_document("Be kind to children. It is late.", kind="document")
    text = dump_spec(spec)
    for old, new, place in (("[0, 20]", "[0, 33]", "clause c1"), ("[[21, 32]]", "[[21, 99]]", "background")):
        assert old in text
        with pytest.raises(SpecError, match=rf"{place}: The span .* lies beyond the document, which has 32 characters"):
            parse_spec(text.replace(old, new))
    assert parse_spec(text.replace("[0, 20]", "[0, 32]")).clauses[0].span == Span(0, 32)
    assert parse_spec("clauses: [{id: c1, text: x, span: [5, 9]}]").clauses[0].span == Span(5, 9)


def test_a_place_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    spec = compile_document("Be kind to children.", kind="document")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for path in (tmp_path / "file" / "a.yaml", tmp_path / "none" / "a.yaml", tmp_path):
        with pytest.raises(SpecError, match="cannot be written") as caught:
            save_spec(spec, path)
        assert caught.value.where == str(path)

    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.write_text", refuse)
    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(SpecError, match="Read-only file system"):
        save_spec(spec, tmp_path / "a.yaml")


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_any_text_is_a_spec_or_a_named_error(text):
    with contextlib.suppress(SpecError):
        parse_spec(text)


def test_contradictions_are_found_anew_after_an_edit():
    spec = compile_document("Answer in at most 50 words.\nAnswer in at least 100 words.", kind="document")
    text = dump_spec(spec)
    assert "CONTRADICTION" in text
    assert parse_spec(text).conflicts == spec.conflicts
    assert parse_spec(text.replace("min: 100", "min: 10")).conflicts == ()


def test_files(tmp_path):
    spec = compile_document("Be kind to children.", kind="document")
    path = tmp_path / "a.spec.yaml"
    save_spec(spec, path)
    assert load_spec(path) == spec
    assert [p.name for p in tmp_path.iterdir()] == ["a.spec.yaml"]
    with pytest.raises(SpecError, match=r"gone\.yaml"):
        load_spec(tmp_path / "gone.yaml")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError, match="UTF-8"):
        load_spec(path)


def test_document_and_spec_that_do_not_belong_together():
    spec = compile_document("Be kind to children.", name="a.md", kind="document")
    check_document(spec, "Be kind to children.")
    with pytest.raises(SpecError, match=r"another text \(a\.md"):
        check_document(spec, "Be kind to adults.")


def test_a_copy_with_other_line_ends_belongs_to_the_spec():
    unix, windows = "# Rules\n\n- Be kind.\n", "# Rules\r\n\r\n- Be kind.\r\n"
    for here, there in ((unix, windows), (windows, unix)):
        spec = compile_document(here, name="a.md", kind="document")
        check_document(spec, there)
        with pytest.raises(SpecError, match="another text"):
            check_document(spec, there.replace("kind", "rude"))


def test_schema_of_today_is_read():
    assert parse_spec(f"schema: {SCHEMA}\nclauses: []").clauses == ()


def test_documents_that_cannot_be_compiled(tmp_path):
    def made(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    for path, what in [
        (made("empty.md", b" \n\t"), "empty"),
        (made("nul.md", b"a\x00b"), "binary"),
        (made("latin.md", b"caf\xe9 noir"), "not UTF-8 text"),
        (tmp_path / "gone.md", "cannot be read"),
        (tmp_path, "cannot be read"),
    ]:
        with pytest.raises(DocumentError, match=what):
            read_document(path)
    assert read_document(made("bom.md", b"\xef\xbb\xbfBe kind.")) == "Be kind."


def test_a_huge_document_is_refused_by_its_size_alone(tmp_path):
    path = tmp_path / "huge.md"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)
    with pytest.raises(DocumentError, match="50,000,000,000 bytes"):
        read_document(path)
    with pytest.raises(DocumentError, match="characters"):
        compile_document("a" * (LIMIT + 1))
