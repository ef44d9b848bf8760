"""The size at which a model sees a screenshot: the rule itself is kept with the dialects."""

from __future__ import annotations

from ..actions.dialects.resize import MAX_ASPECT, smart_resize

__all__ = ["MAX_ASPECT", "seen_size", "smart_resize"]

seen_size = smart_resize
"""What callers outside the model ask for: the size at which it sees a screenshot."""
