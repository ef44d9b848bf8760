"""qvl-mini-touch, the bundled checkpoint for phones and small pages."""
