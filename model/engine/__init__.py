"""The fast path: what the last step computed is kept, and only what is new is computed.

`loop` is where to begin; the others are its parts. They load torch when they are imported, so
they are imported where a checkpoint is loaded and nowhere else.
"""
