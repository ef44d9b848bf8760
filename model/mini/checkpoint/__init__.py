"""qvl-mini, the bundled checkpoint."""
