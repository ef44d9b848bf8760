"""A phone for everyone without one: a Chromium page behind the real adb device protocol.

`phone` is the whole thing; `daemon` speaks the protocol (`wire`), `streams` and `files` are what
can be opened on it, `shell` reads command lines and `commands` and `dumps` carry them out, `screen`
is the page, and `faults` says how it can be told to misbehave.
"""
