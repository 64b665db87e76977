"""Rules of instruction documents that code can check for every answer, and rules beside them that it must not."""

import pytest

from lightwing.spec import compile_document

HEADS = {"en": "# Rules", "fr": "# Règles", "es": "# Reglas", "zh": "# 规则", "ja": "# ルール"}


def compiled(rule, language="en", head=""):
    spec = compile_document(f"{head or HEADS[language]}\n- {rule}\n", kind="document", language=language)
    return [(c.check.name, dict(c.check.args)) if c.check else None for c in spec.clauses]


EXACT = [
    ("en", 'Include the keyword "canal".', ("keywords", {"words": ["canal"]})),
    ("en", 'Never use "cheap".', ("forbidden", {"words": ["cheap"]})),
    ("en", "Two short paragraphs at most.", ("count", {"of": "paragraphs", "max": 2})),
    ("en", "One question per message.", ("count", {"of": "questions", "max": 1})),
    ("en", "Every reply ends with a question.", ("ending", {"marks": ["?"]})),
    ("en", "Each paragraph has at most 40 words.", ("count", {"of": "words", "max": 40})),
    ("en", "Always reply in Spanish, even if the user writes in English.", ("language", {"codes": ["es"]})),
    ("en", 'Your first message is: "Welcome to the mill!"', ("keywords", {"words": ["Welcome to the mill!"]})),
    ("en", 'If the guest asks for prices, reply: "They are on the board."', ("keywords", {"words": ["They are on the board."]})),
    ("en", "Never call `refund` without the guest's consent.", ("tool_consent", {"tools": ["refund"]})),
    ("en", "`send_mail` is only called after the guest confirms.", ("tool_consent", {"tools": ["send_mail"]})),
    ("en", "Call `refund` at most once per conversation.", ("tool_limit", {"tool": "refund", "max": 1, "per": "conversation"})),
    ("zh", "未经顾客同意不得调用 `refund`。", ("tool_consent", {"tools": ["refund"]})),
    ("zh", "`refund` 一次会话最多调用一次。", ("tool_limit", {"tool": "refund", "max": 1, "per": "conversation"})),
    ("zh", "回答结尾固定写“祝您愉快！”。", ("ends_with", {"text": "祝您愉快！"})),
    ("fr", "Ne jamais écrire « facile ».", ("forbidden", {"words": ["facile"]})),
    ("fr", "Terminer chaque message par « À bientôt ! ».", ("ends_with", {"text": "À bientôt !"})),
    ("fr", "Vouvoyer le client.", ("address", {"form": "formal"})),
    ("es", "No llames a `pagar` sin el consentimiento del cliente.", ("tool_consent", {"tools": ["pagar"]})),
    ("ja", "利用者の同意なしに `pay` を呼び出してはならない。", ("tool_consent", {"tools": ["pay"]})),
    ("ja", "質問は一度に一つまで。", ("count", {"of": "questions", "max": 1})),
]  # fmt: skip


@pytest.mark.parametrize(("language", "rule", "wanted"), EXACT)
def test_one_rule_is_one_exact_clause(language, rule, wanted):
    assert compiled(rule, language) == [wanted]


@pytest.mark.parametrize(
    ("language", "rule"),
    [
        ("en", 'Instead of "problem" say "challenge".'),
        ("en", "Never call `refund` for guests who paid in cash."),
        ("en", 'Never use "free" in titles.'),
        ("fr", "Faire parler le client en français."),
        ("zh", "哪怕对方写英文，也请照顾对方的心情。"),
        ("ja", "題名は『』でくくる。"),
    ],
)
def test_what_holds_only_sometimes_stays_judged(language, rule):
    assert compiled(rule, language) == [None]


def test_a_measure_below_a_heading_for_another_thing_stays_judged():
    assert compiled("Two short paragraphs at most.", head="# Rules of the newsletter") == [None]
    assert compiled("Two short paragraphs at most.", head="# Answers") == [("count", {"of": "paragraphs", "max": 2})]


def test_keys_are_no_options():
    found = compiled('Reply only in valid JSON with the keys "answer" and "source".')
    assert ("json_keys", {"keys": ["answer", "source"]}) in found
    assert all(check[0] != "choice" for check in found if check)


def test_a_list_item_about_a_tool_says_it_of_that_tool():
    text = "# Tools\n- `refund`: pays money back. Call it at most once. Never call it without the guest's consent.\n"
    spec = compile_document(text, kind="document")
    assert [(c.check.name, c.check.args.get("tool") or c.check.args["tools"]) for c in spec.clauses if c.check] == [
        ("tool_limit", "refund"),
        ("tool_consent", ["refund"]),
    ]


def test_a_first_response_is_the_first_turn():
    (clause,) = (
        c for c in compile_document("# 规则\n- 第一条回复必须以“您好”开头。\n", kind="document").clauses if c.check
    )
    assert (clause.check.name, clause.state, clause.scope) == ("starts_with", "first_turn", "answer")
