"""Training: traces and corpora to small models. Needs the extra `train` (torch, transformers); its modules import it where it is used."""
