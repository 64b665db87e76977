"""The gateway: an OpenAI-compatible endpoint in front of any model, whose answers are checked and corrected; and the pages beside it."""
