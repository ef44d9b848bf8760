"""qvl-mini: the bundled checkpoint and the recipe that makes it."""
