"""Exact reading: from words to the clauses that code can decide. `door` is the way in; terms, frames and readers stand behind it."""

from lightwing.spec.grammar.door import ExactReading, guess_language, read_exact, read_prompt, share_known

__all__ = ["ExactReading", "guess_language", "read_exact", "read_prompt", "share_known"]
