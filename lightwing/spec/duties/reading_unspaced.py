"""Whom a statement obliges, in languages that write no spaces between words (Chinese, Japanese): by cues at any place, not by word order."""

from __future__ import annotations

import re

from lightwing.core.clause import Force, Span
from lightwing.spec.duties.walk import Subject, Walker

__all__ = ["Unspaced"]


_CONDITION_JA = re.compile(r"(?:場合|とき|時|際|たら|れば|なら(?!な)|限り)(?:に)?(?:は)?[、,]")


class Unspaced(Walker):
    """Reads statements of one document."""

    def main_start(self, span: Span) -> int:
        """Where the main clause begins: behind a condition and its comma."""
        if self.cues.language == "ja":
            end = _CONDITION_JA.search(self.text, span.start, min(span.end, span.start + 160))
            return end.end() if end is not None and end.end() < span.end else span.start
        at = self.skip(span.start, span.end)
        if self.at("when", at, span.end) is None and self.at("unless", at, span.end) is None:
            return span.start
        comma = re.compile("[，,]").search(self.text, at, span.end)
        return comma.end() if comma is not None and comma.end() < span.end else span.start

    def read(self, span: Span) -> tuple[Subject, Force]:
        """The subject and the force of a statement from where its main clause begins."""
        words = self.text[span.start : span.end]
        at = self.skip(span.start, span.end)
        match = {s: self.cues.match(s).search(words) for s in ("must", "negative", "should", "may", "user")}
        user_first = self.cues.match("user").match(self.text, at, span.end)
        must = match["must"] or match["negative"]
        if user_first and must and self.text[user_first.end() : user_first.end() + 1] in "必需须應应はが":
            return Subject.USER, "must"
        polite = self.cues.match("polite").search(words) if self.cues.language == "zh" else None
        if must is not None or (polite is not None and polite[0] in "请請"):
            return (Subject.RULE if must else Subject.COMMAND), "must"
        if match["should"] is not None:
            return Subject.RULE, "should"
        if self.cues.match("identity").match(self.text, at, span.end) and self.cues.language == "zh":
            return Subject.IDENTITY, "must"
        if self._possessed(words):
            return Subject.ROLE, "must"
        if self.at("denies", at, span.end) is not None and self.at("denies_nothing", at, span.end) is None:
            return Subject.RULE, "must"
        return self._verb(words, at, span)

    def _possessed(self, words: str) -> bool:
        own = self.cues.match("possessive").search(words[:20])
        return own is not None and (
            self.cues.match("role").match(words, own.end()) is not None
            or self.cues.match("answer").match(words, own.end()) is not None
        )

    def _verb(self, words: str, at: int, span: Span) -> tuple[Subject, Force]:
        if self.cues.language == "ja":
            tail = words.rstrip("。．.!！ 」')）")
            if self.cues.match("verbs").search(tail[-8:]) and not self.cues.match("user").match(words):
                return Subject.RULE, "must"
            subject = self.assistant.match(self.text, at, span.end)
            return (
                (Subject.ASSISTANT, "must")
                if subject and tail.endswith(("ます", "る", "う", "く"))
                else (Subject.NOTHING, "must")
            )
        for start in [at, *(m.end() for m in re.finditer("[，,：:]", self.text[at : span.end]))][:6]:
            start = start if start >= at else at + start
            start = self.skip(start, span.end)
            subject = self.assistant.match(self.text, start, span.end)
            if subject is not None:
                rest = self.adverbs(subject.end(), span.end)
                if self.cues.match("stative").match(self.text, rest, span.end):
                    return Subject.IDENTITY, "must"
                if self.cues.match("may").match(self.text, rest, span.end):
                    return Subject.ASSISTANT, "may"
                if self.cues.match("verbs").match(self.text, rest, span.end):
                    return Subject.ASSISTANT, "must"
            if (
                start > span.start
                and self.text[start - 1] in "先再就则則"
                and not self.cues.match("user").match(self.text, start, span.end)
            ):
                return Subject.COMMAND, "must"
            verb = self.cues.match("verbs").match(self.text, start, span.end)
            if verb is not None and self.text[verb.end() : verb.end() + 1] not in self.not_next:
                return Subject.COMMAND, "must"
        return Subject.NOTHING, "must"
