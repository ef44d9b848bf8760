"""Where it is done: browser, desktop, phone."""
