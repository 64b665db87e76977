"""The small world that the embedded model is trained in: a text grammar, wishes with exact checks, and episodes without end."""

from lightwing.train.world.episodes import Episode, Request, a_request, episodes

__all__ = ["Episode", "Request", "a_request", "episodes"]
