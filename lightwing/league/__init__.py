"""Classes of requests, ratings of models, the audit of a ranking, and claims about one. Reads files and the store; asks no model."""
