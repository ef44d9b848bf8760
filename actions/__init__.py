"""What can be done, and how each model family says it."""
