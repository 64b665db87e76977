"""Documents to specs, specs to files, specs to things that read answers.

`compile_document` (offline) and `compile_with_model` make a `Spec`; `dump_spec`, `save_spec`, `load_spec` and `parse_spec` write and read its file;
`bind` joins it to its checks; `coverage` says how much of the document became what.
"""

from lightwing.spec.assisted import compile_with_model
from lightwing.spec.bind import BoundSpec, bind
from lightwing.spec.compiler import compile_document
from lightwing.spec.conflicts import conflicts
from lightwing.spec.files import check_document, dump_spec, load_spec, parse_spec, save_spec
from lightwing.spec.grammar import ExactReading, guess_language, read_exact, read_prompt
from lightwing.spec.prove import Proof, prove
from lightwing.spec.report import Coverage, coverage
from lightwing.spec.text.documents import read_document
from lightwing.spec.wishes import with_wishes

__all__ = [
    "BoundSpec",
    "Coverage",
    "ExactReading",
    "Proof",
    "bind",
    "check_document",
    "compile_document",
    "compile_with_model",
    "conflicts",
    "coverage",
    "dump_spec",
    "guess_language",
    "load_spec",
    "parse_spec",
    "prove",
    "read_document",
    "read_exact",
    "read_prompt",
    "save_spec",
    "with_wishes",
]
