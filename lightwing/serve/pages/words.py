"""The pages' words: English is what the templates say, the table holds the Chinese. A test finds every text that is missing here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["CHINESE", "LANGUAGES", "preferred", "told"]

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文"}


def told(language: str, text: str, **values: object) -> str:
    """A text in a language, with what is filled in.

    >>> told("zh", "Asked {model}", model="m"), told("en", "Asked {model}", model="m")
    ('询问了 m', 'Asked m')
    """
    found = CHINESE.get(text, text) if language == "zh" else _ENGLISH.get(text, text)
    return found.format(**values) if values else found


def preferred(accepted: str) -> str:
    """The first of our languages that a browser names, by its order of liking; else English.

    >>> preferred("zh-CN,zh;q=0.9,en;q=0.8"), preferred("de, en;q=0.7, zh;q=0.1"), preferred("fr")
    ('zh', 'en', 'en')
    """
    liked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, weight = part.partition(";")
        try:
            share = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            share = 0.0
        liked.append((-share, place, name.strip().lower().partition("-")[0]))
    return next((name for share, _, name in sorted(liked) if name in LANGUAGES and share < 0), "en")


_ENGLISH: Final[Mapping[str, str]] = {
    "not_met": "not met",
    "skip": "does not apply",
    "pass": "met",
    "fail": "not met",
    "unknown": "unknown",
    "proposed": "written",
    "basis: labels": "from rates measured on labelled answers",
    "basis: exact": "from rates measured where code knows the truth",
    "basis: planted": "from rates measured on planted violations",
    "basis: assumed": "a guess from assumed rates",
}
"""Words of the program that people read otherwise."""

CHINESE: Final[Mapping[str, str]] = {
    "Skip to the content": "跳到正文",
    "Pages": "页面",
    "Traces": "记录",
    "Clauses": "条款",
    "Cost": "费用",
    "Documents": "文档",
    "Assistants": "助手",
    "Label": "标注",
    "Error model": "误差模型",
    "Sign out": "退出",
    "To the traces": "返回记录",
    "No traces are kept here: start the gateway with --store FILE.": "此处不保存记录：启动网关时请加 --store FILE。",
    "Filter": "筛选",
    "Status": "状态",
    "all": "全部",
    "Assistant": "助手",
    "Model": "模型",
    "Document": "文档",
    "Time": "时间",
    "last hour": "最近一小时",
    "last 24 hours": "最近 24 小时",
    "last 7 days": "最近 7 天",
    "last 30 days": "最近 30 天",
    "Text": "文本",
    "Pause": "暂停刷新",
    "Go on": "继续刷新",
    "The list was refreshed.": "列表已刷新。",
    "The gateway does not answer; trying again.": "网关没有响应，正在重试。",
    "Time (UTC)": "时间（UTC）",
    "Models": "模型",
    "Calls": "调用",
    "Tokens": "词元",
    "Seconds": "秒",
    "Price": "价格",
    "wrong": "出错",
    "Labels": "标注",
    "Older": "更早",
    "There is no trace.": "没有记录。",
    "Trace": "记录",
    "Decoder": "解码器",
    "of judges": "（评审）",
    "unknown": "未知",
    "asked for: at most": "要求至多",
    "Rests on": "依据",
    "certified": "已认证",
    "estimated": "估计",
    "basis: labels": "依据人工标注测得的比率",
    "basis: exact": "依据代码可判定之处测得的比率",
    "basis: planted": "依据植入的违规测得的比率",
    "basis: assumed": "依据假定的比率推测",
    "Parts of this trace were redacted before it was kept:": "保存前已隐去此记录的部分内容：",
    "The document of this trace is not known to this gateway, so clauses are shown by their ids.": "网关不知道此记录所依的文档，因此只显示条款编号。",
    "Candidates and clauses": "候选答案与条款",
    "Clause": "条款",
    "delivered": "已交付",
    "proposed": "初稿",
    "fixed": "代码修正",
    "repaired": "模型修复",
    "recombined": "重新组合",
    "pass": "满足",
    "fail": "违反",
    "skip": "不适用",
    "verified": "已验证",
    "checked": "已检查",
    "not_met": "未满足",
    "abstained": "弃答",
    "Label this trace": "标注此记录",
    "Nothing was read.": "没有任何判读。",
    "What was done": "处理步骤",
    "calls": "次调用",
    "tokens": "词元",
    "What was asked": "请求",
    "system": "系统",
    "user": "用户",
    "assistant": "助手",
    "tool": "工具",
    "With {n} parts that are no text.": "另有 {n} 个非文本部分。",
    "Texts": "文本",
    "What changed from {parent}": "相对 {parent} 的改动",
    "The texts are too long to compare here.": "文本过长，无法在此比较。",
    "There is none.": "没有。",
    "Readings of judges": "评审判读",
    "Judge": "评审",
    "Verdict": "结论",
    "Reason": "理由",
    "met": "满足",
    "not met": "未满足",
    "Delivered {id}": "交付 {id}",
    "Delivered {id} with P(wrong) {wrong}": "交付 {id}，出错概率 {wrong}",
    "Gave up, with nothing": "放弃，没有可交付的答案",
    "Gave up, with {id} as the best": "放弃，最好的是 {id}",
    "Fixed {id} without a call: {clauses}": "不经调用修正了 {id}：{clauses}",
    "Asked {model}": "询问了 {model}",
    "Went on to {model}": "转而询问 {model}",
    "Had {model} repair {id}: {clauses}": "让 {model} 修复 {id}：{clauses}",
    "Had judge {judge} read {id}: {clauses}": "让评审 {judge} 判读 {id}：{clauses}",
    "Recombined {id}: {taken}": "重新组合 {id}：{taken}",
}
