"""Who a statement puts under a duty: reads its main clause word by word, with a language's table of cues."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.core.clause import Force, Span
from lightwing.spec.duties.cues import Cues, phrase_pattern
from lightwing.spec.duties.names import assistant_names
from lightwing.spec.duties.reading_unspaced import Unspaced
from lightwing.spec.duties.walk import Subject, Walker
from lightwing.spec.lexicon import languages, settings
from lightwing.spec.text.sentences import quoted
from lightwing.spec.text.structure import Statement

__all__ = ["MainClause", "Reader", "Subject"]


@dataclass(frozen=True, slots=True)
class MainClause:
    """What a statement's main clause is, how strongly it obliges, and where it begins (after a leading condition)."""

    subject: Subject
    force: Force
    start: int


_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_BOUNDARY = re.compile(r"[,;，、；]\s*|\s[–—-]\s|\b(?:and|but|so|then|y|pero|et|mais)\s")
_ALL = re.compile(
    r"(?:the|all|each|every|any|las?|los|el|cada|les?|toutes?|chaque)\s+(?:your |tus |vos )?", re.IGNORECASE
)
_OWN_STATES = re.compile(
    r"\s*(?:[\w-]+\s+){0,4}?(?:is|are|involves?|includes?|encompass\w*|remains?|centers?|lies|es|son|consiste|est|sont|will|[a-z]+s)\b"
)
_STATES = re.compile(
    r"\s*(?:is|are|remains?|stays?|ends?|begins?|starts?|opens?|closes?|has|have|contains?|includes?|uses?|follows?|mentions?|names?"
    r"|es|son|termina|empieza|contiene|est|sont|se termine|commence|contient)\b"
)
_LIMITS = re.compile(
    r"\b(?:cannot|can't|can not|may not|must not) be \w+(?:ed|en|wn|lt|ld|nt|de)\b|\bcan (?:\w+ ){1,3}(?:at most|no more than|only if|only when)\b|\bcan only be \w+|\bthere (?:cannot|can't|must not|may not|can be no)\b",
    re.IGNORECASE,
)
"""What is barred or bounded for anybody: "flights cannot be changed", "can use at most two"."""
_USER_BARRED = re.compile(
    r"\s*(?:cannot|can't|may not|are not allowed|is not allowed|can \w+ but (?:not|cannot))\b", re.IGNORECASE
)
_FACT_TOO = re.compile(r"cannot|can't|can not|won't|will not|can only|never|may not", re.IGNORECASE)
_PREPOSITIONS = frozenset(["to", "in", "on", "at", "for", "from", "by", "with", "as"])
_FINITE = re.compile(r"\b(?:is|are|was|were|has|have|will|can|does|do|es|son|est|sont)\b")
_PAST = re.compile(r"\b(?:was|were|had|fue|fueron|était|étaient)\b")
_THIRD = re.compile(r"[a-z]+(?:[^s\W]s|ses|zes|shes|ches|xes)$")
_DETERMINER = re.compile(
    r"(?:the|a|an|any|all|your|their|its|each|every|only|up|it|them|out|at|in|on|to|with|as|from|for|about|by|user|users|that|this|these|those|no|one|two|three|if|when|what|how|whether|not|more|further|and|\d+|[a-z]+ly)\b"
)


class Reader(Walker):
    """Reads statements of one document."""

    def __init__(self, text: str, cues: Cues, statements: Sequence[Statement]) -> None:
        words = cues.words
        names = assistant_names(text, statements, cues) if cues.spaced else []
        super().__init__(text, cues, phrase_pattern((*words.assistant, *names), spaced=cues.spaced))
        self._unspaced = Unspaced(text, cues, self.assistant)
        self.verbs, self.nouns_too = frozenset(_spellings(words.verbs)), frozenset(words.nouns_too)
        self.stative, self.owners = frozenset(words.stative), frozenset(words.verb_owners)
        self.little = settings(cues.language).function_words if cues.language in languages() else frozenset()
        self.first_person = self._first_person(statements)
        self.last_was_assistant = True

    def is_quote(self, span: Span) -> bool:
        """Whether the statement is nothing but a quoted passage: words to be said, not a rule."""
        words = span.cut(self.text).strip("*_ ")
        marks = quoted(words, 0, len(words))
        if words[:1] in ('"', "“", "「") and not marks:
            return True
        return (
            bool(marks)
            and marks[0][0] == 0
            and marks[-1][1] >= len(words.rstrip(".。!！ "))
            and len(marks) <= 2
            and (len(words) - sum(b - a for a, b in marks) <= 3)
        )

    def read(self, span: Span) -> MainClause:
        """The main clause of a statement."""
        self._start = span.start
        if self.cues.spaced:
            subject, force = self._spaced(span)
        else:
            self._start = self._unspaced.main_start(span)
            subject, force = self._unspaced.read(Span(self._start, span.end))
        if subject in (Subject.ASSISTANT, Subject.ROLE, Subject.IDENTITY):
            self.last_was_assistant = True
        elif subject is Subject.USER:
            self.last_was_assistant = False
        return MainClause(subject, force, self._start)

    def _spaced(self, span: Span) -> tuple[Subject, Force]:
        at = self.skip(span.start, span.end)
        best: tuple[Subject, Force] = (Subject.NOTHING, "must")
        opener = self.at("openers", at, span.end)
        starts = [at] if opener is None else []
        starts += [m.end() for m in _BOUNDARY.finditer(self.text, at, span.end) if not self._quoted(m.start(), span)]
        for n, start in enumerate(starts[:40]):
            main = self.skip(start, span.end)
            subject, force = self._main(main, span.end, strict=n > 0 or opener is not None)
            if subject is Subject.COMMAND and n and self._runs_on(start, main):
                continue
            if subject in (Subject.COMMAND, Subject.ASSISTANT, Subject.ANSWER, Subject.ROLE, Subject.RULE):
                if best[0] is Subject.USER and subject is Subject.RULE:
                    continue
                self._start = start if opener is not None else span.start
                return subject, force
            if best[0] is Subject.NOTHING and (n == 0 or opener is None or subject is Subject.USER):
                best = (subject, force)
        if opener is not None and best[0] is Subject.NOTHING:
            best = self._bare_command(starts, opener, span) or self._after_opener(opener, span)
        if best[0] is Subject.NOTHING and self.cues.match("strong_starts").match(
            self.text, _past_marks(self.text, span), span.end
        ):
            return Subject.RULE, "must"
        return best

    def _bare_command(self, starts: Sequence[int], opener: int, span: Span) -> tuple[Subject, Force] | None:
        """Where a language tells a subject by its first word: after "Si …," a clause that begins with none is a command, whatever its verb."""
        subjects = self.cues.words.subject_starts
        if not subjects or not starts or self.at("when", opener, span.end) is None:
            return None
        main = self.skip(starts[0], span.end)
        word = _WORD.match(self.text, main, span.end)
        if (
            word is None
            or re.split(r"['’-]", word[0].lower())[0] in subjects
            or self.at("user", main, span.end) is not None
        ):
            return None
        self._start = starts[0]
        return Subject.COMMAND, "must"

    def _runs_on(self, start: int, main: int) -> bool:
        """ "maintain and improve": a verb after a bare "and" belongs to the clause before, whatever that was."""
        before = self.text[max(0, start - 6) : start].rstrip()
        return (
            main == start
            and before.endswith((" and", " so", " y", " et"))
            and not before.endswith((", and", ", so", ", y", ", et"))
        )

    def _after_opener(self, at: int, span: Span) -> tuple[Subject, Force]:
        """A condition without a comma: "If the user asks for prices say …"."""
        for section in ("negative", "polite"):
            hit = self.cues.match(section).search(self.text, at, span.end)
            if (
                hit is not None
                and (read := self._main(self.skip(hit.start(), span.end), span.end, strict=True))[0] is Subject.COMMAND
            ):
                self._start = hit.start()
                return read
        for hit in self.assistant.finditer(self.text, at, span.end):
            read = self._main(hit.start(), span.end, strict=True)
            if read[0] is Subject.ASSISTANT and read[1] != "may":
                self._start = hit.start()
                return read
        return self._verb_after(at, span)

    def _verb_after(self, at: int, span: Span) -> tuple[Subject, Force]:
        """The first verb that is plainly a command: a known one, before a determiner, and behind no word that would make it another's."""
        if not self.owners:
            return Subject.NOTHING, "must"
        previous = ""
        for word in _WORD.finditer(self.text, at, span.end):
            first = word[0].lower()
            follows = _WORD.match(self.text, self.skip_space(word.end(), span.end), span.end)
            nxt = follows[0].lower() if follows is not None else ""
            plain = previous and previous not in self.owners and first in self.verbs - self.nouns_too
            if plain and _DETERMINER.match(nxt) and nxt not in _PREPOSITIONS:
                self._start = word.start()
                return Subject.COMMAND, "must"
            previous = first
        return Subject.NOTHING, "must"

    def _main(self, at: int, end: int, *, strict: bool) -> tuple[Subject, Force]:
        """The clause that begins at `at`. `strict`: it stands within a sentence, so a bare verb must be clearly one."""
        word = _WORD.match(self.text, at, end)
        if word is None:
            return Subject.NOTHING, "must"
        first = word[0].lower().replace("’", "'")
        if first not in self.verbs and first.split("-")[0] in self.verbs and self.cues.language != "en":
            first = first.split("-")[0]
        if self._negative(first, at, end):
            return Subject.COMMAND, "must"
        if self.at("obliging_identity", at, end) is not None:
            return Subject.ASSISTANT, "must"
        if self.at("must", at, end) is not None and self.at("assistant", at, end) is None:
            return Subject.RULE, "must"
        if (stop := self.end("identity", at, end)) is not None:
            return self._identity(stop, end)
        if (role := self._possessed(at, end)) is not None:
            return role
        if (hit := self.assistant.match(self.text, at, end)) is not None or self._pronoun(first):
            return self._assistant(hit.end() if hit is not None else word.end(), end, first)
        if (stop := self.end("user", at, end)) is not None:
            return self._user(stop, end)
        if self._commands(word, first, end, strict=strict):
            return Subject.COMMAND, "should" if self.at("should", at, end) is not None else "must"
        if self.cues.match("may").match(self.text, at, end):
            return Subject.NOTHING, "may"
        return self._modal(at, end, strict=strict)

    def _negative(self, first: str, at: int, end: int) -> bool:
        if (
            first in ("no", "not", "without", "neither", "sin", "sans", "aucun", "aucune")
            and self.cues.language != "es"
        ):
            return first == "no" and not _FINITE.search(self.text, at, min(end, at + 60)) and end - at > 8
        return self.at("negative", at, end) is not None

    def _identity(self, at: int, end: int) -> tuple[Subject, Force]:
        """ "You are a …": who it is, unless the same sentence goes on to oblige."""
        rest = self.text[at:end]
        if self.cues.match("must").search(rest) or re.search(r",? and (?:you )?(?:will|always|never|only)\b", rest):
            return Subject.ASSISTANT, "must"
        return Subject.IDENTITY, "must"

    def _possessed(self, at: int, end: int) -> tuple[Subject, Force] | None:
        """ "Your role is to …", "Your answers are …"; also "All answers …", "The tone …"."""
        stop = self.end("possessive", at, end)
        own = stop is not None
        if stop is None:
            lead = _ALL.match(self.text, at, end)
            stop = lead.end() if lead else at
        first = _WORD.match(self.text, at, end)
        if (
            not own
            and stop == at
            and (self.at("user", at, end) is not None or (first and first[0].lower() in self.verbs - self.nouns_too))
        ):
            return None
        window = self.text[stop : min(end, stop + 70)]
        for section, subject in (("role", Subject.ROLE), ("answer", Subject.ANSWER)):
            hit = self.cues.match(section).search(window)
            if hit is None or len(_WORD.findall(window[: hit.start()])) > 2:
                continue
            rest = self.text[stop + hit.end() : end]
            if modal := self._force(rest[:80]):
                return subject, modal
            if own and _OWN_STATES.match(rest):
                return subject, "must"
            if not own and subject is Subject.ANSWER and _STATES.match(rest):
                return subject, "must"
            return None
        return None

    def _assistant(self, at: int, end: int, first: str) -> tuple[Subject, Force]:
        """The clause after a subject that is the assistant."""
        if first in ("you'll", "i'll", "it'll"):
            return Subject.ASSISTANT, "must"
        at = self.adverbs(at, end)
        if self.at("obliging_identity", at, end) is not None:
            return Subject.ASSISTANT, "must"
        rest = self.text[at : min(end, at + 60)]
        if (modal := self._force(rest, start=True)) is not None:
            return Subject.ASSISTANT, modal
        if re.match(r"(?:will|'ll|is to|are to|does not|do not|don't|doesn't)\b", rest):
            return Subject.ASSISTANT, "must"
        word = _WORD.match(self.text, at, end)
        if word is None:
            return Subject.NOTHING, "must"
        verb = word[0].lower()
        if verb in self.stative or first in ("you're", "i'm", "you've", "i've"):
            strong = self.cues.match("must").search(self.text, at, end)
            return (Subject.ASSISTANT, "must") if strong else (Subject.IDENTITY, "must")
        if verb in self.verbs or _THIRD.match(verb) or (self.cues.language != "en" and not verb[0].isdigit()):
            return Subject.ASSISTANT, "must"
        return Subject.NOTHING, "must"

    def _user(self, at: int, end: int) -> tuple[Subject, Force]:
        """The user's own duties are none of the assistant's, but "the user must be told" is."""
        window = self.text[at : min(end, at + 60)]
        passive = self.cues.match("passive").search(window)
        before = window[: passive.start()] if passive else ""
        if (force := self._force(before)) in ("must", "should"):
            return Subject.RULE, force or "must"
        if re.search(r"\b(?:is|are|will be)\s*$", before) or _USER_BARRED.match(window):
            return Subject.RULE, "must"
        return Subject.USER, "must"

    def _commands(self, word: re.Match[str], first: str, end: int, *, strict: bool) -> bool:
        if first not in self.verbs:
            return not strict and self._unknown_verb(word, first, end)
        after = self.skip_space(word.end(), end)
        following = _WORD.match(self.text, after, end)
        if following is None and self._quoted(after + 1, Span(word.start(), end)):
            return True
        if following is None:
            return self.text[after : after + 1] not in (":", "：", "=", "/") and not (
                strict and first in self.nouns_too
            )
        if following[0].lower() in self.not_next or self.text[word.end() : word.end() + 1] in (
            ":",
            "/",
            "：",
            "@",
            ".",
        ):
            return False
        if first in self.nouns_too or strict:
            return self._clear_verb(first, word, following, end, strict=strict)
        return True

    def _unknown_verb(self, word: re.Match[str], first: str, end: int) -> bool:
        """A word that no table holds but that stands as a command does: in a form that commands, at the head, before a determiner ("Ring the bell")."""
        words = self.cues.words
        if not words.determiners or (not word[0][0].isupper() and self.cues.language == "en"):
            return False
        if words.verb_endings and not first.endswith(words.verb_endings):
            return False
        following = _WORD.match(self.text, self.skip_space(word.end(), end), end)
        return (
            len(first) >= 3
            and following is not None
            and re.split(r"['’]", following[0].lower())[0] in words.determiners
            and (len(first) <= 5 or not first.endswith(words.no_verb_endings))
            and not _PAST.search(self.text, word.end(), end)
            and first not in self.little
            and self.at("openers", word.start(), end) is None
        )

    def _clear_verb(self, first: str, word: re.Match[str], following: re.Match[str], end: int, *, strict: bool) -> bool:
        """For a word that may be a noun, and within a sentence: what follows shows that it is a verb."""
        if first not in self.nouns_too and not strict:
            return True
        if self.cues.language != "en":
            return not strict or first not in self.nouns_too
        nxt = following[0].lower()
        if _DETERMINER.match(nxt) or self.text[self.skip_space(word.end(), end)] in "\"“'`*[({":
            return True
        if first in self.nouns_too:
            return not strict and self._whole_command(word, nxt, end)
        return nxt not in self.stative

    def _whole_command(self, word: re.Match[str], nxt: str, end: int) -> bool:
        """A word that may be a noun opens a command where a full sentence follows without a finite verb: "Offer playful choices to them." """
        rest = self.text[word.end() : end].rstrip('*_"”) ')
        near = " ".join(_WORD.findall(rest)[:5])
        return (
            rest.endswith(".")
            and len(rest.split()) >= 3
            and nxt not in _PREPOSITIONS | {"of"}
            and not _FINITE.search(near)
        )

    def _modal(self, at: int, end: int, *, strict: bool) -> tuple[Subject, Force]:
        """ "X must …": a rule about something else."""
        window = self.text[at : min(end, at + 140)]
        if _LIMITS.search(window):
            return Subject.RULE, "must"
        hit = self.cues.match("must").search(window) or self.cues.match("should").search(window)
        if hit is None or (strict and len(_WORD.findall(window[: hit.start()])) > 6):
            return Subject.NOTHING, "must"
        before = window[: hit.start()]
        if self.cues.match("user").search(before) and not self.cues.match("passive").search(
            window[hit.end() : hit.end() + 30]
        ):
            return Subject.USER, "must"
        if _FACT_TOO.fullmatch(hit[0]) and not self.cues.match("answer").search(before):
            return Subject.NOTHING, "must"
        return Subject.RULE, self._force(hit[0]) or "must"

    def _force(self, words: str, *, start: bool = False) -> Force | None:
        """How strongly these words oblige, or None."""
        words = words.strip() if start else words
        sections: tuple[Force, ...] = ("must", "should", "may")
        for section in sections:
            pattern = self.cues.match(section)
            if (pattern.match(words) if start else pattern.search(words)) is not None:
                return section
        return None

    def _pronoun(self, first: str) -> bool:
        if first in self.cues.words.first_person:
            return self.first_person
        return first in self.cues.words.pronouns and self.last_was_assistant

    def _quoted(self, at: int, span: Span) -> bool:
        return any(a <= at < b for a, b in quoted(self.text, span.start, span.end))

    def _first_person(self, statements: Sequence[Statement]) -> bool:
        """Whether "I" is the assistant (a document written in its voice) and not the author."""
        you = i = 0
        for statement in statements:
            words = statement.body.cut(self.text)
            you += self.cues.match("identity").match(words) is not None and words[:3].lower() == "you"
            you += words[:5].lower() in ("your ", "you m", "you s", "you w")
            i += (
                words[:2] == "I " or words[:3] in ("I'm", "My ", "I’m") or ", I " in words[:80] or ", my " in words[:80]
            )
        return i > you


def _past_marks(text: str, span: Span) -> int:
    """Past the marks before a statement's first word."""
    at = span.start
    while at < span.end and not text[at].isalnum():
        at += 1
    return at


def _spellings(verbs: Sequence[str]) -> list[str]:
    """Verbs in "-ize" with their twins in "-ise"."""
    return [*verbs, *(v[:-3] + "ise" for v in verbs if v.endswith("ize"))]
