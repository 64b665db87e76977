"""What a document obliges the assistant to: who is put under a duty, when, in which order, and what is only background."""
