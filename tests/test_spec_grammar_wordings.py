"""Wordings of the classic demands in English, as unlike each other as we could write them, and look-alikes that demand nothing."""

from __future__ import annotations

from typing import Any

import pytest

from lightwing.spec.grammar import read_prompt

Gold = tuple[str, dict[str, Any]]


def _count(of: str, least: int | None = None, most: int | None = None, **more: Any) -> Gold:
    bounds = {k: v for k, v in (("min", least), ("max", most)) if v is not None}
    return "count", {"of": of, **bounds, **more}


UPPER, LOWER = ("letter_case", {"case": "upper"}), ("letter_case", {"case": "lower"})
NO_COMMA = ("punctuation", {"forbid": ","})
QUOTED = ("wrapped", {"open": '"', "close": '"'})
JSON = ("format", {"kind": "json"})
TITLE: Gold = ("title", {})
YES_NO = ("choice", {"options": ["yes", "no"]})
THREE = ("choice", {"options": ["My answer is yes.", "My answer is no.", "My answer is maybe."]})
MOSS = ("keywords", {"words": ["moss", "gate"]})
NOT_MOSS = ("forbidden", {"words": ["moss", "gate"]})


def _again(text: str) -> Gold:
    return "repeat_request", {"text": text}


def _letter(letter: str, least: int | None = None, most: int | None = None) -> Gold:
    return "letter", {
        "letter": letter,
        **({"min": least} if least is not None else {}),
        **({"max": most} if most is not None else {}),
    }


def _often(word: str, least: int | None = None, most: int | None = None) -> Gold:
    return "frequency", {
        "word": word,
        **({"min": least} if least is not None else {}),
        **({"max": most} if most is not None else {}),
    }


def _options(*options: str) -> Gold:
    return "choice", {"options": list(options)}


WORDINGS: list[tuple[str, Gold]] = [
    # all capitals
    ("Write a poem about the sea. All letters in your reply have to be capitalized.", UPPER),
    ("Tell me about owls. I want every letter to be a capital.", UPPER),
    ("Describe the harbour, and capitalize every letter.", UPPER),
    ("Describe the harbour. Everything you write has to be in capitals.", UPPER),
    ("Type the whole thing in caps. Subject: owls.", UPPER),
    ("Your answer is to be written in nothing but capital letters.", UPPER),
    ("There should not be any lowercase letters in your answer.", UPPER),
    ("Lowercase letters must not show up in the reply.", UPPER),
    ("Please keep caps lock on for the entire response. Tell me about owls.", UPPER),
    ("Write a haiku about owls WITH EVERY LETTER CAPITALIZED.", UPPER),
    ("Tell me about owls using uppercase only.", UPPER),
    ("Every single letter of the reply should be uppercase.", UPPER),
    ("Make your reply all caps, please. What is an owl?", UPPER),
    ("I'd like the story to be completely in upper case.", UPPER),
    ("Not one lowercase letter may appear in the poem.", UPPER),
    # all lowercase
    ("Tell me about dogs. Don't capitalize anything.", LOWER),
    ("Tell me a joke and make sure that there isn't a single capital letter in it.", LOWER),
    ("Never use a capital letter in your reply about dogs.", LOWER),
    ("Describe dogs. Capital letters are forbidden.", LOWER),
    ("Everything should be lowercase. Describe dogs.", LOWER),
    ("Describe dogs; no letter may be capitalized.", LOWER),
    ("Your answer mustn't contain any capital letters.", LOWER),
    ("Do not use uppercase anywhere. Describe dogs.", LOWER),
    ("Stick to lowercase letters for the whole answer.", LOWER),
    ("Describe dogs without ever capitalizing a letter.", LOWER),
    ("Answer in English, and let every letter be lowercase.", LOWER),
    ("Describe dogs. I don't want any capitals.", LOWER),
    ("Refrain from capitalizing any letters in the answer.", LOWER),
    ("The whole text is to be lowercased.", LOWER),
    # capital words
    ("Your reply must have words in all caps at least 5 times. Describe a storm.", _count("capital_words", 5)),
    ("Describe a storm. Put at least 5 words in all caps.", _count("capital_words", 5)),
    ("Describe a storm and write no more than 4 words in capital letters.", _count("capital_words", None, 4)),
    (
        "Words in all capital letters should show up fewer than 6 times in the description of a storm.",
        _count("capital_words", None, 5),
    ),
    ("At least 7 words of the report have to be entirely uppercase.", _count("capital_words", 7)),
    ("Describe a storm with a minimum of 3 all-caps words.", _count("capital_words", 3)),
    ("Capitalize every letter of at least 4 words in your report.", _count("capital_words", 4)),
    ("Stress important words with all capital letters, but fewer than 10 times.", _count("capital_words", None, 9)),
    ("Use all caps for at least 3 words in the report.", _count("capital_words", 3)),
    ("The number of words in all capital letters should be at least 8.", _count("capital_words", 8)),
    # bullets
    ("Your answer about tea has to be made up of exactly six markdown bullet points.", _count("bullets", 6, 6)),
    ("Summarize tea in 4 bullets.", _count("bullets", 4, 4)),
    ("Explain tea as a bulleted list with exactly 5 items.", _count("bullets", 5, 5)),
    ("Structure the answer as exactly 3 bullet points in markdown.", _count("bullets", 3, 3)),
    ("I need exactly 7 bullet points on tea, no more, no less.", _count("bullets", 7, 7)),
    ("The list should consist of 5 bullet points.", _count("bullets", 5, 5)),
    ("Break your explanation of tea into 4 bullet points.", _count("bullets", 4, 4)),
    ("Bullet points: exactly 4. Topic: tea.", _count("bullets", 4, 4)),
    ("Explain tea with two bullet points, neither more nor fewer.", _count("bullets", 2, 2)),
    ("Explain tea using a markdown list of exactly five bullets.", _count("bullets", 5, 5)),
    # highlights
    ("Italicize no fewer than 3 phrases with asterisks, for instance *phrase*.", _count("highlights", 3)),
    ("Mark two or more key passages as *highlighted text*.", _count("highlights", 2)),
    ("Highlight at least 4 parts of the essay using *asterisks*.", _count("highlights", 4)),
    ("At least 2 phrases should be highlighted in markdown, like *this one*.", _count("highlights", 2)),
    ("Use markdown to emphasize at least 3 sections, i.e. *emphasized section*.", _count("highlights", 3)),
    ("Make sure 5 or more sections are highlighted with markdown, such as *highlighted*.", _count("highlights", 5)),
    ("Wrap at least 3 key phrases in asterisks, *like this*.", _count("highlights", 3)),
    ("Put at least two phrases between single asterisks, for example *phrase*.", _count("highlights", 2)),
    ("The essay needs at least 3 *highlighted sections*.", _count("highlights", 3)),
    ("Highlight a minimum of 6 sections in your answer.", _count("highlights", 6)),
    # choice
    ('Is tea healthy? Say either "My answer is yes.", "My answer is no." or "My answer is maybe."', THREE),
    (
        'Is tea healthy? The only permitted answers are "My answer is yes.", "My answer is no." and "My answer is maybe."',
        THREE,
    ),
    ('Is tea healthy? You can only reply "My answer is yes.", "My answer is no." or "My answer is maybe."', THREE),
    ('Pick exactly one: "My answer is yes.", "My answer is no.", "My answer is maybe." Is tea healthy?', THREE),
    ("Is tea healthy? Just say yes or no.", YES_NO),
    ("Is tea healthy? Reply only yes or no.", YES_NO),
    ("Classify the review as positive, negative or neutral.", _options("positive", "negative", "neutral")),
    ("Rate the risk: low, medium, or high.", _options("low", "medium", "high")),
    ("Respond with true or false and nothing else.", _options("true", "false")),
    ("Is it spam? Output spam or ham.", _options("spam", "ham")),
    ("Your reply has to be one of the following words: red, green, blue.", _options("red", "green", "blue")),
    # sections
    (
        'Organise the plan in at least 3 sections, and begin each with "Section" and a number.',
        _count("sections", 3, marker="Section"),
    ),
    (
        "Divide the plan into 4 sections. Each one must begin with Section X.",
        _count("sections", 4, 4, marker="Section"),
    ),
    (
        "The plan has to have 3 sections, and the beginning of each is to be marked with Day X.",
        _count("sections", 3, marker="Day"),
    ),
    ("Use PART 1, PART 2 and PART 3 to label the 3 sections of the plan.", _count("sections", 3, 3, marker="PART")),
    ("Write a plan with 5 sections marked with SECTION X.", _count("sections", 5, marker="SECTION")),
    ("Split the plan into at least 2 sections labelled Chapter X.", _count("sections", 2, marker="Chapter")),
    # keywords
    ("Write about forests. Make sure that the words moss and gate are in it.", MOSS),
    ("Your text on forests needs to contain the terms moss and gate.", MOSS),
    ("Write about forests. Keywords: moss, gate", MOSS),
    ('Write about forests, somewhere using "moss" and "gate".', MOSS),
    ('"moss" and "gate" should both appear in your text about forests.', MOSS),
    ("Weave the words moss and gate into a text about forests.", MOSS),
    ("I want to see the words moss and gate in your text about forests.", MOSS),
    ("The words moss and gate are required in the text.", MOSS),
    ("Your text should feature these words: moss, gate.", MOSS),
    # forbidden
    ('Write about forests without saying "moss" or "gate".', NOT_MOSS),
    ("Write about forests. The terms moss and gate are banned.", NOT_MOSS),
    ("Stay away from the words moss and gate in the text about forests.", NOT_MOSS),
    ("Write about forests and never say the words moss or gate.", NOT_MOSS),
    ("I don't want to see the words moss and gate in your text.", NOT_MOSS),
    ("Forbidden words: moss, gate. Write about forests.", NOT_MOSS),
    ("Make no mention of the words moss and gate.", NOT_MOSS),
    ("The keywords moss and gate should be excluded from the text.", NOT_MOSS),
    ('Your text mustn\'t include "moss" or "gate".', NOT_MOSS),
    ("Write about forests, avoiding these words: moss, gate.", NOT_MOSS),
    # frequency
    ('Write about forests, saying "moss" a minimum of 2 times.', _often("moss", 2)),
    ("The word moss has to occur at least 3 times.", _often("moss", 3)),
    ("Mention moss at least three times in your text about forests.", _often("moss", 3)),
    ('Write about forests; "moss" must be mentioned at least twice.', _often("moss", 2)),
    ("Write about forests. Say the word moss fewer than 4 times.", _often("moss", None, 3)),
    ("Repeat the word moss 3 or more times in your text.", _often("moss", 3)),
    ('There should be at least 3 instances of the word "moss".', _often("moss", 3)),
    ('Include at least 2 mentions of "moss".', _often("moss", 2)),
    ("Your text should use the word moss at most once.", _often("moss", None, 1)),
    ('The phrase "deep moss" needs to come up two times or more.', _often("deep moss", 2)),
    # letters and signs
    ("The riddle should have at least 3 letter w's.", _letter("w", 3)),
    ("Use at least 5 exclamation marks in the tweet.", _letter("!", 5)),
    ("In the riddle, the letter q has to show up at least 4 times.", _letter("q", 4)),
    ("Use the letter z no more than twice in the riddle.", _letter("z", None, 2)),
    ("Write a riddle that contains the letter e less than 10 times.", _letter("e", None, 9)),
    ("Include at least 4 of the letter k.", _letter("k", 4)),
    ("There must be at least three occurrences of the letter x.", _letter("x", 3)),
    ("The letter 'j' should be used a minimum of 2 times.", _letter("j", 2)),
    ("Write a riddle with at least six q's.", _letter("q", 6)),
    ("Let the letter o appear at most 9 times.", _letter("o", None, 9)),
    # postscripts
    ("Write a letter and close it with a P.S.", ("postscript", {"marker": "P.S."})),
    ("Please add a postscript, starting with P.P.S, to the letter.", ("postscript", {"marker": "P.P.S"})),
    ("After the letter, put a postscript that begins with P.S.", ("postscript", {"marker": "P.S."})),
    ("The letter must have a postscript at the end (P.S.).", ("postscript", {"marker": "P.S."})),
    ("Tack a P.P.S. onto the end of the email.", ("postscript", {"marker": "P.P.S."})),
    ("At the end of your reply, explicitly add a postscript starting with P.S.", ("postscript", {"marker": "P.S."})),
    # titles
    ("Give the poem a title inside double angle brackets, i.e. <<title>>.", TITLE),
    ("Your story should come with a title in <<double angular brackets>>.", TITLE),
    ("Start with a title that is surrounded by << and >>.", TITLE),
    ("Write a title for the poem, wrapped in double angular brackets, such as <<my title>>.", TITLE),
    # first word of a paragraph
    ("Write 4 paragraphs. Paragraph 3 should open with the word meanwhile.", ("first_word", {"word": "meanwhile"})),
    ('The first word of paragraph 2 must be "meanwhile".', ("first_word", {"word": "meanwhile"})),
    ('Have the second paragraph start with "meanwhile".', ("first_word", {"word": "meanwhile"})),
    ("Paragraph 2 must start with word meanwhile.", ("first_word", {"word": "meanwhile"})),
    (
        'Write four paragraphs, the last of which starts with the word "meanwhile".',
        ("first_word", {"word": "meanwhile"}),
    ),
    # repeating the request
    ("How do planes fly? Before you answer, repeat my request exactly as written.", _again("How do planes fly?")),
    ("How do planes fly? First copy my question word for word, then answer it.", _again("How do planes fly?")),
    (
        "How do planes fly? Begin your reply by restating this question verbatim, and only then answer.",
        _again("How do planes fly?"),
    ),
    (
        "How do planes fly? Your reply should start with the question above, repeated without changes.",
        _again("How do planes fly?"),
    ),
    # two responses
    (
        "Give me two different answers with ****** between them. Should I buy a boat?",
        ("responses", {"min": 2, "max": 2, "separator": "******"}),
    ),
    (
        "Answer twice, differently each time, and put six asterisks ****** between the two responses.",
        ("responses", {"min": 2, "max": 2, "separator": "******"}),
    ),
    (
        "Write 2 versions of the poem, with ****** separating them.",
        ("responses", {"min": 2, "max": 2, "separator": "******"}),
    ),
    # wrapped in quotation marks
    ("Your entire reply should be between double quotation marks.", QUOTED),
    ("Surround the whole answer with double quotes.", QUOTED),
    ("The complete response must be wrapped in quotation marks.", QUOTED),
    ("Place double quotation marks around your entire response.", QUOTED),
    ("Begin and end your response with double quotation marks.", QUOTED),
    ("Enclose everything you write in double quotes.", QUOTED),
    # no commas
    ("I don't want to see a single comma.", NO_COMMA),
    ("Explain tea. There must be no commas in your answer.", NO_COMMA),
    ("Your answer must be free of commas.", NO_COMMA),
    ("Explain tea, but the comma is forbidden.", NO_COMMA),
    ("Explain tea and leave out every comma.", NO_COMMA),
    ("Commas aren't allowed.", NO_COMMA),
    ("Explain tea with zero commas.", NO_COMMA),
    ("You may not use commas.", NO_COMMA),
    ("Explain tea. Do not put any commas in the text.", NO_COMMA),
    ("The reply has to do without commas.", NO_COMMA),
    ("No comma should be found in the answer.", NO_COMMA),
    ("Stay clear of commas.", NO_COMMA),
    ("Steer clear of using commas.", NO_COMMA),
    ("Write the answer comma-free.", NO_COMMA),
    # placeholders
    ("The template should leave at least 4 placeholders in square brackets, like [name].", _count("placeholders", 4)),
    ("Use [square brackets] for at least 3 placeholders.", _count("placeholders", 3)),
    ("There have to be at least 5 placeholders, e.g. [address].", _count("placeholders", 5)),
    ("At least two placeholders (such as [date]) must be included.", _count("placeholders", 2)),
    ("Put in a minimum of 3 placeholders represented by square brackets, such as [city].", _count("placeholders", 3)),
    # JSON
    ("I need the answer as JSON.", JSON),
    ("Wrap the entire output in JSON format.", JSON),
    ("Only output JSON.", JSON),
    ("The output should be a JSON object and nothing more.", JSON),
    ("Format your whole reply as JSON; markdown ticks such as ``` are fine.", JSON),
    ("The entire response has to be JSON-formatted.", JSON),
    # language
    ("Please respond using only the Hindi language, no other language is allowed.", ("language", {"codes": ["hi"]})),
    ("Nothing but Italian may be used in the reply.", ("language", {"codes": ["it"]})),
    ("I want the answer in Korean.", ("language", {"codes": ["ko"]})),
    ("The letter must be in Swahili throughout.", ("language", {"codes": ["sw"]})),
    ("Reply to me in Finnish.", ("language", {"codes": ["fi"]})),
    ("Only German should be used in your answer.", ("language", {"codes": ["de"]})),
    ("Speak Russian only.", ("language", {"codes": ["ru"]})),
    ("Is tea healthy? The language of your reply must be Tamil.", ("language", {"codes": ["ta"]})),
    # endings
    ('Finish with the exact sentence "That is all."', ("ends_with", {"text": "That is all."})),
    ('The last words of your reply must be "That is all."', ("ends_with", {"text": "That is all."})),
    (
        "The reply must end with this phrase: That is all. No other words should follow it.",
        ("ends_with", {"text": "That is all."}),
    ),
    ('"That is all." should be the last thing you say.', ("ends_with", {"text": "That is all."})),
    # lengths
    ("Keep your answer under 90 words.", _count("words", None, 89)),
    ("Your answer shouldn't be longer than 90 words.", _count("words", None, 90)),
    ("I'd like at least 300 words on tea.", _count("words", 300)),
    ("Write something about tea that is 300 words long or longer.", _count("words", 300)),
    ("Don't write fewer than 10 sentences.", _count("sentences", 10)),
    ("Don't go beyond five sentences.", _count("sentences", None, 5)),
    ("The number of sentences must be under 6.", _count("sentences", None, 5)),
    ("The answer ought to have 3 paragraphs that are separated by ***.", _count("paragraphs", 3, 3, marker="***")),
    # a second round
    ("Make every letter in your answer a capital letter.", UPPER),
    ("Small letters are not allowed.", UPPER),
    ("Make at least 3 words all caps.", _count("capital_words", 3)),
    ("Put 2 or more words of the essay in capitals.", _count("capital_words", 2)),
    ("Present the facts as five bullet points.", _count("bullets", 5, 5)),
    ('Is it true? Your only options are "yes" and "no".', YES_NO),
    ("An essay on tides in which the words moss and gate appear.", MOSS),
    ("Don't use either of the words moss and gate.", NOT_MOSS),
    ("Leave the words moss and gate out of it.", NOT_MOSS),
    ("The word moss should be used more than twice.", _often("moss", 3)),
    ("Use the word moss at least 3 times but not more than 5 times.", _often("moss", 3, 5)),
    ("Make the word moss appear at least four times.", _often("moss", 4)),
    ("Have at least 5 letter t's in the essay.", _letter("t", 5)),
    ("At least 3 exclamation marks must be used.", _letter("!", 3)),
    ("The third paragraph's first word has to be tides.", ("first_word", {"word": "tides"})),
    ("Quote your entire answer with double quotes.", QUOTED),
    ("Don't let a comma slip in.", NO_COMMA),
    ("Not a single comma, please.", NO_COMMA),
    ("Make sure there aren't any commas.", NO_COMMA),
    ('Stop with the phrase "So be it." and add nothing.', ("ends_with", {"text": "So be it."})),
    ("Don't go over 100 words.", _count("words", None, 100)),
]

NOTHING = [
    "The word limit of the contest is 300. How do I enter?",
    "Write about capital letters and how they came to be.",
    "Explain what a postscript is.",
    "How do I open a comma-separated file?",
    "Why do people dislike commas?",
    "Who invented the exclamation mark?",
    "Tell me about the Oxford comma.",
    "My teacher took off points because I used lowercase letters.",
    "Which languages have no capital letters?",
    "Explain how JSON differs from XML.",
    "I got a letter with a P.S. that I do not understand.",
    "What is the best way to learn Korean?",
    "Write a review of a restaurant that serves Italian food.",
    "How many words does a novel have?",
    "What is a placeholder in a template?",
    "Tell me the difference between a bullet and a dash.",
    "Explain why all caps feels like shouting.",
    "Are paragraphs separated by a blank line in print?",
    "She used the word moss 3 times in her speech. Was it a mistake?",
    "What does the asterisk mean in statistics?",
    "Recommend two books on forests, or on gates.",
    "How do I highlight text in my browser?",
    "Should I learn Spanish or French first?",
    "Who wrote the song Yes or No?",
    "Do double quotation marks differ from single ones?",
]


def _read(prompt: str) -> list[Gold]:
    return [(r.check.name, dict(r.check.args)) for r in read_prompt(prompt, language="en")]


@pytest.mark.parametrize(("prompt", "gold"), WORDINGS)
def test_a_demand_is_read_however_it_is_worded(prompt: str, gold: Gold) -> None:
    assert gold in _read(prompt)


@pytest.mark.parametrize("prompt", NOTHING)
def test_talk_of_the_same_things_demands_nothing(prompt: str) -> None:
    assert _read(prompt) == []


@pytest.mark.parametrize(
    "text",
    [
        "The song should have exactly 3 paragraphs each separated by *** and exactly 3 bullet points.",
        "Write about it in two sections (Section 1 and Section 2) and with exactly 3 bullet points.",
    ],
)
def test_a_part_that_is_done_with_does_not_own_what_follows(text: str) -> None:
    bullets = next(r for r in read_prompt(text) if r.check.args.get("of") == "bullets")
    assert bullets.scope == "answer"
