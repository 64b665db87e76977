"""The words of the small world that the embedded model is trained in: written for Lightwing, no text of others."""

from __future__ import annotations

__all__ = [
    "ADJECTIVES",
    "ADVERBS_LAST",
    "ANIMALS",
    "FEELINGS",
    "NAMES",
    "OPENERS",
    "PLACES",
    "PRODUCTS",
    "PRODUCT_NAMES",
    "SYLLABLES",
    "THINGS",
    "TIMES",
    "WEATHERS",
]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = _words(
    "Mia Tom Anna Ben Lena Max Nora Sam Ida Leo Ella Finn Ruth Jack Mary Paul Lucy Oscar Emma Hugo Clara Felix Rosa Adam Julia Noah Vera Simon Alma "
    "Peter Nina Karl Sofia Henry Lily George Eva Martin Ada David Iris Victor Olga Frank Tina Robert Amy Walter Dora Oliver Zoe Arthur Kate Bruno Lola "
    "Edgar Mona Philip Greta Louis"
)

ANIMALS = _words(
    "fox cat dog bear mouse owl rabbit horse duck goat hen frog wolf bird fish cow pig bee sheep deer crow swan hedgehog squirrel donkey lion snail "
    "turtle goose otter"
)

THINGS = _words(
    "lamp key book coat bell boat box cup hat map ring stone shoe spoon chair table door window letter coin rope basket bag kite drum flute mirror clock "
    "candle blanket pillow ladder hammer wheel bucket broom bottle plate knife button thread needle brush ball doll toy cake bread apple pear cheese egg "
    "soup honey cherry plum nut berry cookie pie feather leaf flower seed shell pearl star cloud flag lantern bench fence gate wagon saddle anchor sail "
    "oar net tent torch compass whistle trumpet violin piano painting photo ticket stamp parcel envelope pencil notebook scarf glove boot belt pocket "
    "umbrella suitcase"
)

PLACES = _words(
    "river forest garden house hill village lake field mill castle barn bridge harbor market school tower cave island beach valley meadow kitchen shop "
    "station street park well mountain library attic cellar orchard inn church square farm desert pond road"
)

ADJECTIVES = _words(
    "old new small big red blue green warm cold loud bright dark soft heavy light round empty full strange pretty golden silver wooden clean dusty little "
    "tall wet dry sweet fresh broken hidden plain simple fine smooth strong thin thick yellow white black"
)

FEELINGS = _words(
    "happy sad quiet gentle brave clever tired hungry kind lucky proud shy little old young busy friendly careful cheerful lonely"
)

WEATHERS = _words(
    "warm cold quiet bright dark dusty wide green old calm sunny rainy windy lovely long golden peaceful busy"
)

TIMES = _words("morning evening night day afternoon summer winter spring autumn week")

OPENERS = _words(
    "Today Yesterday Once Tomorrow Suddenly Finally Sometimes Maybe Soon Later Slowly Quietly Often Then Now Tonight Perhaps Luckily Sadly Early"
)

ADVERBS_LAST = _words(
    "again home together soon today tonight forever outside inside slowly quietly alone tomorrow there gladly"
)

PRODUCTS = _words(
    "lamp chair kettle backpack tent bicycle radio blanket knife bottle oven watch camera keyboard pillow jacket mug fan heater clock umbrella scooter "
    "notebook speaker helmet"
)

PRODUCT_NAMES = _words(
    "Lumo Vexa Torin Kelda Arvo Nimbo Solva Prima Zento Oriel Mavi Tundra Calio Brisa Fero Quilo Dalia Nexa Ponto Rivo"
)

SYLLABLES = _words(
    "ba be bi bo bu da de di do du fa fe fi fo ga ge go gu ha he hi ka ke ki ko la le li lo lu ma me mi mo mu na ne ni no pa pe pi po ra re ri ro ru sa se "
    "si so ta te ti to va ve vi vo wa we za ze zo brin stor plen dran crus flim grot tren"
)
