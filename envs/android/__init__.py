"""An Android phone over adb: `env` is the adapter, the others are what it stands on.

`link` carries commands to the phone and finds it again when it was lost, `server` is an adb server
of one's own, `capture` looks, `hands` acts, `text` and `keyboard` bring text into fields, `apps`
finds apps by name, `state` reads what the phone tells of itself.
"""
