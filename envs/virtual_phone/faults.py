"""How a virtual phone can be told to misbehave, as real ones do by themselves."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Faults:
    """Read at every use, so that a test can change them while the phone runs."""

    latency: float = 0.0
    """Seconds before any answer."""
    piece: int = 0
    """Largest packet that is sent, in bytes; 0 for the usual size."""
    drop_next: int = 0
    """How many of the next streams end with the whole connection."""
    drop_inside: int = 0
    """How many of the next answers break off in the middle, connection and all."""
    unplugged: bool = False
    """New connections are refused and the present one is ended."""
    mute: bool = False
    """Connections are taken, and nothing is ever answered: adb calls that offline."""
    unauthorized: bool = False
    """No key is accepted."""
    secure: bool = False
    """The app in front forbids screenshots: they are black."""
    capture_fails: int = 0
    """How many of the next captures print nothing and return an error."""
    raw_broken: bool = False
    """The raw picture is cut off; PNG works."""
    png_broken: bool = False
    """The PNG is cut off; the raw picture works."""
    shell_fails: dict[str, int] = field(default_factory=dict[str, int])
    """Exit codes by the first word of a command, which does nothing then."""
    hangs: set[str] = field(default_factory=set[str])
    """First words of commands that never end."""
    slow_launch: float = 0.0
    """Seconds until a started app is in front."""
    keyboard_never_binds: bool = False
    """A chosen keyboard never gets hold of the field."""
    keyboard_deaf: bool = False
    """Broadcasts to the keyboard arrive, and no text comes of them."""
    old_shell: bool = False
    """Only the first shell protocol, which tells no exit codes; needs a new connection."""
    no_terminal: bool = False
    """uiautomator can write to a file only."""
    broken_dump: bool = False
    """uiautomator finds no quiet moment."""
