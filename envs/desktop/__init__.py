"""The whole desktop: `env` is the adapter, the others are what it stands on.

`screen` looks, `hands` acts through one of two backends (`x11`, `native`), `paste` brings text that
no key can type, `owner` notices the human, `virtual` starts an X server of the agent's own.
"""
