"""Rules of instruction documents in wordings of our own, in five languages: how many compile to the right check, and what must not become one."""

import json
from collections import Counter
from pathlib import Path

import pytest

from lightwing.bench.matching import atoms
from lightwing.core.clause import ANSWER, CheckCall
from lightwing.spec import compile_document

RULES = Path(__file__).parent / "data" / "development" / "rules.jsonl"
HEADS = {"en": "# Rules", "fr": "# Règles", "es": "# Reglas", "zh": "# 规则", "ja": "# ルール"}
FLOORS = {"en": 0.87, "zh": 0.87, "es": 0.77, "fr": 0.84, "ja": 0.87}
"""A little below the shares of the day they were written: a change that loses more than two or three rules is seen."""


def compiled(text, language="en", head=""):
    spec = compile_document(f"{head or HEADS[language]}\n- {text}\n", kind="document", language=language)
    return [(c.check.name, dict(c.check.args)) if c.check else None for c in spec.clauses]


def scoped(text, language="en"):
    spec = compile_document(text, kind="document", language=language)
    return [(c.check.name, dict(c.check.args), c.scope) for c in spec.clauses if c.check]


def test_rules_of_our_own_wordings_compile_to_their_checks():
    wanted, right, found = Counter(), Counter(), Counter()
    for line in RULES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        language = row["language"]
        text = row.get("document") or f"{HEADS[language]}\n- {row['rule']}\n"
        spec = compile_document(text, kind="document", language=language)
        want = atoms((CheckCall(name=c["check"], args=c["args"]), c.get("scope", ANSWER)) for c in row["clauses"])
        have = atoms((c.check, c.scope) for c in spec.clauses if c.check)
        wanted[language] += len(want)
        found[language] += len(have)
        right[language] += sum(have.get(key) == bounds for key, bounds in want.items())
    shares = {language: right[language] / wanted[language] for language in wanted}
    assert shares.keys() == FLOORS.keys()
    assert all(shares[language] >= floor for language, floor in FLOORS.items()), shares
    assert right.total() / found.total() >= 0.97, (right, found)


@pytest.mark.parametrize(
    ("language", "rule", "wanted"),
    [
        ("en", "Don't use Markdown.", ("format", {"kind": "plain_text"})),
        ("zh", "不要使用Markdown格式。", ("format", {"kind": "plain_text"})),
        ("fr", "Pas de Markdown.", ("format", {"kind": "plain_text"})),
        ("zh", "回答时不要用列表。", ("count", {"of": "items", "max": 0})),
        ("en", "No tables.", ("count", {"of": "tables", "max": 0})),
        ("ja", "箇条書きは使わない。", ("count", {"of": "bullets", "max": 0})),
    ],
)
def test_bars_on_markdown_and_lists(language, rule, wanted):
    assert compiled(rule, language) == [wanted]


@pytest.mark.parametrize(
    "rule",
    ["Don't use Markdown headings inside the story.", "Never read out your list.", "Don't put the price in the list."],
)
def test_a_bar_on_one_list_or_one_kind_of_markdown_bars_no_more(rule):
    assert compiled(rule) == [None]


def test_headings_that_one_sentence_names():
    text = '# Rules\n- Every report has the sections "Findings" and "Risks".\n'
    assert [found for found in scoped(text) if found[0] == "heading"] == [
        ("heading", {"text": "Findings"}, "answer"),
        ("heading", {"text": "Risks"}, "answer"),
    ]


def test_measures_hold_within_the_part_that_an_item_names():
    text = '# Report\nEvery report has these sections:\n- "Findings": at most 40 words\n- "Risks": three bullets\n'
    found = scoped(text)
    assert ("heading", {"text": "Findings"}, "answer") in found
    assert ("count", {"of": "words", "max": 40}, "section_named:Findings") in found
    assert ("count", {"of": "bullets", "min": 3, "max": 3}, "section_named:Risks") in found
    assert all(scope != "answer" for name, _, scope in found if name == "count")


def test_a_sentence_that_names_parts_measures_none_of_them():
    found = scoped("# 规则\n- 报告分“标题”“正文”“落款”三个部分。\n", "zh")
    assert found == [("heading", {"text": name}, "answer") for name in ("标题", "正文", "落款")]


def test_names_of_parts_inside_quotes_are_no_word_for_parts():
    found = compiled("输出JSON，包含“标题”“摘要”“标签”三个字段。", "zh")
    assert all(check is None or check[0] != "heading" for check in found)


def test_columns_in_order():
    found = scoped('# Rules\n- Every answer has a table with the columns "Item" and "Price".\n')
    assert ("columns", {"names": ["Item", "Price"], "ordered": True}, "answer") in found


@pytest.mark.parametrize(
    ("rule", "when"),
    [
        ("查不到订单时，请回复“请联系人工客服”。", "查不到订单"),
        ("全部结束之后，请回复“感谢您的配合”。", "全部结束"),
    ],
)
def test_a_chinese_condition_by_its_end(rule, when):
    spec = compile_document(f"# 规则\n- {rule}\n", kind="document", language="zh")
    assert [c.trigger.when if c.trigger else None for c in spec.clauses] == [when]


def test_while_answering_is_no_condition():
    spec = compile_document("# 规则\n- 回答问题时，不要使用感叹号。\n", kind="document", language="zh")
    assert [c.trigger for c in spec.clauses] == [None]


@pytest.mark.parametrize(
    ("language", "rule"),
    [
        ("en", "Avoid writing in all caps."),
        ("en", "Never end with a question about prices."),
        ("en", "Captions of photos have at most 8 words."),
        ("fr", "L'objet ne dépasse pas 60 caractères."),
        ("zh", "标题不超过15个字。"),
        ("zh", "不要用“亲亲”这种称呼。"),
        ("zh", "结尾不要写“希望对您有帮助”。"),
        ("zh", "不要以“当然”开头。"),
        ("ja", "「承知しました」で始めない。"),
        ("ja", "回答は「以上」で終えないでください。"),
        ("ja", "「承知しました」で始めてはいけない。"),
        ("es", "No empieces con «Claro»."),
    ],
)
def test_a_check_that_would_be_wrong_is_left_to_a_judge(language, rule):
    assert compiled(rule, language) == [None]


@pytest.mark.parametrize(
    ("language", "rule", "wanted"),
    [
        ("zh", "结尾不要忘记写“祝您愉快”。", ("ends_with", {"text": "祝您愉快"})),
        ("ja", "「以上です」で終えることを忘れない。", ("ends_with", {"text": "以上です"})),
        ("ja", "「承知しました」で始めなければならない。", ("starts_with", {"text": "承知しました"})),
    ],
)
def test_a_double_denial_demands_its_edge_under_no_condition(language, rule, wanted):
    assert compiled(rule, language) == [wanted]
    spec = compile_document(f"{HEADS[language]}\n- {rule}\n", kind="document", language=language)
    assert spec.clauses[0].trigger is None


@pytest.mark.parametrize(
    ("language", "rule", "wanted"),
    [
        ("en", "Write exactly 3 paragraphs, separated by a blank line.", ("count", {"of": "paragraphs", "min": 3, "max": 3})),
        ("en", 'Mention the word "safety" at least twice.', ("frequency", {"word": "safety", "min": 2})),
        ("fr", "Mentionne le mot « thé » au moins deux fois.", ("frequency", {"word": "thé", "min": 2})),
        ("zh", "“茶”这个词至少出现两次。", ("frequency", {"word": "茶", "min": 2})),
        ("en", "Highlight at least one part of the answer in **bold**.", ("count", {"of": "bold", "min": 1})),
        ("en", "Use no more than 2 question marks.", ("letter", {"letter": "?", "max": 2})),
    ],
)  # fmt: skip
def test_what_says_the_same_once_more_is_no_second_demand(language, rule, wanted):
    assert compiled(rule, language) == [wanted]


def test_what_says_more_stays_a_second_demand():
    assert compiled("Write 3 paragraphs, separated by a blank line, about the history of bees.")[1:] == [None]
    assert compiled('Mention the word "safety" at least twice and describe the brakes.')[1:] == [None]
    assert compiled("Highlight at least two words of the customer's letter in bold.") == [None]
