"""The text of a document before anything is understood: its shape, passages, sentences, tokens, and where a quotation stands."""
