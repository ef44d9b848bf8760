"""One file per model family: prompt, parser, coordinate rule, image and history policy."""
