"""French and Spanish wordings as native speakers put them, each with the exact clauses that it states and no other."""

from __future__ import annotations

from typing import Any

import pytest

from lightwing.core.clause import ANSWER
from lightwing.spec.grammar import read_prompt

Gold = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], str]

FRENCH: list[tuple[str, list[Gold]]] = [
    # No demands: somebody else's task, the matter of the text, the task of translating
    ("Ma fille doit remettre un exposé de 500 mots lundi. Comment peut-elle s'y prendre ?", []),
    ("Que pensez-vous du débat sur le vouvoiement à l'école ?", []),
    ("Traduis en allemand : « Résume ce texte en 40 mots. »", []),
    # A correction takes back what was asked for
    ("Écris un slogan de 20 mots. Non, plutôt 12 mots.", [("count", {"of": "words", "about": 12})]),
    ("Raconte ta journée en 80 mots. Finalement, 50 mots maximum.", [("count", {"of": "words", "max": 50})]),
    # Letters that name themselves
    ("Invente un conte sans ç ni œ.", [("letter", {"letter": "ç", "max": 0}), ("letter", {"letter": "œ", "max": 0})]),
    ("N'utilise pas le caractère œ dans ton menu.", [("letter", {"letter": "œ", "max": 0})]),
    ("Écris une comptine où il y a au moins quatre ç.", [("letter", {"letter": "ç", "min": 4})]),
    ("Raconte ta nuit sans la moindre cédille.", [("letter", {"letter": "ç", "max": 0})]),
    ("Plus de dix « f » dans ta description du fantôme.", [("letter", {"letter": "f", "min": 11})]),
    ("Résume le film sans guillemets.", [("punctuation", {"forbid": '"“”«»'})]),
    # Parts that an ordinal, "each" or "none" stands for
    (
        "Rédige quatre paragraphes dont aucun ne dépassera 60 mots.",
        [
            ("count", {"of": "paragraphs", "min": 4, "max": 4}),
            ("count", {"of": "words", "max": 60}, "each_paragraph"),
        ],
    ),
    (
        "Commence le premier paragraphe par « D'abord », le dernier par « Enfin ».",
        [("first_word", {"word": "D'abord"}, "paragraph:1"), ("first_word", {"word": "Enfin"}, "paragraph:-1")],
    ),
    ("Finis ta lettre par un conseil de moins de 12 mots.", []),
    # The form
    ("Écris une dizaine de phrases sur la mer.", [("count", {"of": "sentences", "about": 10})]),
    ("En cas de tableau, pas plus de 4 colonnes.", [("count", {"of": "table_columns", "max": 4, "if_any": True})]),
    (
        "Donne cinq puces, chacune précédée d'un tiret.",
        [("count", {"of": "bullets", "marker": "-", "min": 5, "max": 5})],
    ),
    ("Numérote tes sept conseils de 1 à 7.", [("count", {"of": "numbered_items", "min": 7, "max": 7})]),
    ("Ajoute une rubrique intitulée « Causes ».", [("heading", {"text": "Causes"})]),
    ("N'oublie ni « constat » ni « décibels ».", [("keywords", {"words": ["constat", "décibels"]})]),
    ("Évite les clichés du genre « battant » ou « motivé ».", [("forbidden", {"words": ["battant", "motivé"]})]),
    # Numbers
    (
        "Présente le plan en 3 sections, chacune intitulée « PARTIE » suivie de son numéro.",
        [("count", {"of": "sections", "marker": "PARTIE", "min": 3, "max": 3})],
    ),
    (
        "Donne la recette sous la forme d'une liste numérotée de six étapes.",
        [("count", {"of": "numbered_items", "min": 6, "max": 6})],
    ),
    (
        "Rédige un tract où cinq mots au moins seront en lettres capitales.",
        [("count", {"of": "capital_words", "min": 5})],
    ),
    (
        "Le mot « lune » doit être cité entre deux et cinq fois dans ton récit.",
        [("frequency", {"word": "lune", "min": 2, "max": 5})],
    ),
    (
        "Écris un texte de 70 mots sans la lettre u, à la manière d'un jeu.",
        [("count", {"of": "words", "about": 70}), ("letter", {"letter": "u", "max": 0})],
    ),
]

SPANISH: list[tuple[str, list[Gold]]] = [
    ("Mi hija tiene que entregar una redacción de 400 palabras mañana. ¿Cómo puede empezar?", []),
    ("Traduce al francés: «Resume este texto en 30 palabras».", []),
    ("Tengo un párrafo de 200 palabras. ¿Qué errores suele haber?", []),
    ("¿Cómo pongo una tabla de 3 columnas en un documento?", []),
    ("Devuélvelo en JSON.", [("format", {"kind": "json"})]),
    ("Contesta sí o no: ¿es un pez el delfín?", [("choice", {"options": ["sí", "no"]})]),
    ("La extensión irá de las 250 a las 320 palabras.", [("count", {"of": "words", "min": 250, "max": 320})]),
    ("Ponle un título de diez palabras como máximo.", [("count", {"of": "words", "max": 10}, "title")]),
    ("Escribe la noticia sin comas en el titular.", [("punctuation", {"forbid": ","}, "title")]),
    ("Inventa un trabalenguas en el que la eñe salga tres veces.", [("letter", {"letter": "ñ", "min": 3, "max": 3})]),
    ("Dame seis ideas en viñetas.", [("count", {"of": "bullets", "min": 6, "max": 6})]),
    (
        "Escribe el script en un bloque de código y, fuera de él, solo dos frases.",
        [
            ("count", {"of": "code_blocks", "min": 1}),
            ("count", {"of": "sentences", "min": 2, "max": 2}, "outside_code"),
        ],
    ),
    (
        "Propón tres lemas para una panadería, separados por %%%.",
        [("responses", {"min": 3, "max": 3, "separator": "%%%"})],
    ),
]


@pytest.mark.parametrize(("prompt", "gold"), [*FRENCH, *SPANISH])
def test_native_wordings_are_read(prompt: str, gold: list[Gold]) -> None:
    read = [(r.check.name, dict(sorted(r.check.args.items())), r.scope) for r in read_prompt(prompt)]
    asked = [(item[0], dict(sorted(item[1].items())), item[2] if len(item) > 2 else ANSWER) for item in gold]
    assert sorted(map(repr, read)) == sorted(map(repr, asked))
