"""Chinese wordings beyond the plain ones: traditional signs, lists without quotes, corrections, options, things told loosely; and the matter of a prompt."""

from __future__ import annotations

from typing import Any

import pytest

from lightwing.core.clause import ANSWER
from lightwing.spec.compiler import compile_document
from lightwing.spec.grammar import read_prompt

Clause = tuple[str, dict[str, Any]]

WORDINGS: list[tuple[str, list[Clause]]] = [
    ("字數要超過800字。", [("count", {"of": "characters", "min": 801})]),
    ("結尾請寫上「我們下週見」。", [("ends_with", {"text": "我們下週見"})]),
    ("不要出現任何方括號。", [("punctuation", {"forbid": "[]"})]),
    ("字数控制在300字左右。", [("count", {"of": "characters", "about": 300})]),
    ("写一篇八百多字的文章。", [("count", {"of": "characters", "min": 801})]),
    ("200字——不对，100字以内。", [("count", {"of": "characters", "max": 100})]),
    ("不要出现赋能、闭环、颠覆这几个词。", [("forbidden", {"words": ["赋能", "闭环", "颠覆"]})]),
    ("禁用词：赋能、抓手、闭环。", [("forbidden", {"words": ["赋能", "抓手", "闭环"]})]),
    ("把这三个词都写进去：沉浸、续航、通勤（都要用上）。", [("keywords", {"words": ["沉浸", "续航", "通勤"]})]),
    (
        "必须出现 boarding pass、delay 和 luggage 这几个英文词。",
        [("keywords", {"words": ["boarding pass", "delay", "luggage"]})],
    ),
    ("少于六个“是”字。", [("frequency", {"word": "是", "max": 5})]),
    ("你只能回答：是、否、不确定，三者选其一。", [("choice", {"options": ["是", "否", "不确定"]})]),
    ("猫会游泳吗？回答会或不会。", [("choice", {"options": ["会", "不会"]})]),
    ("判断情感：正面、负面、中性。只输出其中一个标签。", [("choice", {"options": ["正面", "负面", "中性"]})]),
    ("你的回答要么是“支持”，要么是“反对”。", [("choice", {"options": ["支持", "反对"]})]),
    ("全文以“到此为止”四个字作结。", [("ends_with", {"text": "到此为止"})]),
    ("收尾请用这句话：我们下次再见。", [("ends_with", {"text": "我们下次再见。"})]),
    ("结尾写上 Will you marry me?", [("ends_with", {"text": "Will you marry me?"})]),
    ("在回答之前，请一字不改地重复“请介绍一下故宫”这句话。", [("repeat_request", {"text": "请介绍一下故宫"})]),
    (
        "先把问题（GDP和GNP有什么区别？）原样写一遍，再用英语回答。",
        [("repeat_request", {"text": "GDP和GNP有什么区别？"}), ("language", {"codes": ["en"]})],
    ),
    ("至少用星号标出三处重点，例如*重点*。", [("count", {"of": "highlights", "min": 3})]),
    ("用星号强调至少一句话。", [("count", {"of": "highlights", "min": 1})]),
    ("用方括号标出待填写的信息，最少4处，如[收件人]。", [("count", {"of": "placeholders", "min": 4})]),
    ("要有4个以上像[地址]这样的占位。", [("count", {"of": "placeholders", "min": 4})]),
    ("每一天单独成节，一共7节，用“Day X”标出。", [("count", {"of": "sections", "marker": "Day", "min": 7, "max": 7})]),
    ("五章，章首写 CHAPTER。", [("count", {"of": "sections", "marker": "CHAPTER", "min": 5, "max": 5})]),
    ("来三份标语，份与份之间放一行 ###。", [("responses", {"min": 3, "max": 3, "separator": "###"})]),
    ("只给代码，不要解释。", [("format", {"kind": "code", "only": True})]),
    ("列出十种动物，每行一个。", [("count", {"of": "lines", "min": 10, "max": 10})]),
    ("每句都要是疑问句。", [("ending", {"marks": ["？"], "scope": "each_sentence"})]),
    ("只用中文，一个英文字母都不要。", [("language", {"codes": ["zh"]}), ("script", {"forbid": ["latin"]})]),
    ("标题用英文，正文用中文。", [("language", {"codes": ["en"], "scope": "title"}), ("language", {"codes": ["zh"]})]),
    ("请用“您”来称呼读者。", [("address", {"form": "formal"})]),
    ("标题用粗体显示。", [("title", {"marks": "**"})]),
]

LOOK_ALIKES = [
    "给我讲讲日语敬语的用法。",
    "给这部英文电影写影评。",
    "介绍一下英文字母的由来。",
    "写一篇以“三十而立”为话题的文章。",
    "法语好学吗？",
    "说说英文简历怎么写。",
    "《三国演义》里谁最会用兵？",
]


def found(prompt: str) -> list[Clause]:
    return [
        (r.check.name, {**dict(r.check.args), **({"scope": r.scope} if r.scope != ANSWER else {})})
        for r in read_prompt(prompt, language="zh")
    ]


@pytest.mark.parametrize(("prompt", "clauses"), WORDINGS)
def test_wording_reads_as_its_clauses(prompt: str, clauses: list[Clause]) -> None:
    read = found(prompt)
    assert len(read) == len(clauses)
    assert all(clause in read for clause in clauses)


@pytest.mark.parametrize("prompt", LOOK_ALIKES)
def test_what_only_looks_like_a_demand_gives_nothing(prompt: str) -> None:
    assert found(prompt) == []


@pytest.mark.parametrize(
    "prompt",
    [
        "用不超过50个字介绍长江。",
        "写一首诗，全部用英文。",
        "Describe the Yangtze in at most 50 words.",
        "Write a poem in English only.",
        "Escribe un poema en menos de 50 palabras.",
    ],
)
def test_what_a_prompt_asks_about_is_left_to_a_judge(prompt: str) -> None:
    spec = compile_document(prompt, kind="prompt")
    assert [c.check is not None for c in spec.clauses] == [True, False]


@pytest.mark.parametrize("prompt", ["回答不超过50个字。", "全文用英文。", "Answer in English only."])
def test_a_prompt_of_form_alone_leaves_nothing_to_a_judge(prompt: str) -> None:
    assert all(c.check is not None for c in compile_document(prompt, kind="prompt").clauses)
