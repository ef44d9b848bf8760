"""The loop: look, reason, ask, act, keep."""
