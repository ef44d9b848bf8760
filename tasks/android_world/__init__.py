"""AndroidWorld: our agent and our runner over the upstream package, which is installed apart."""

from .agent import AndroidWorldAgent
from .emulator import Emulator
from .phone import Phone, Upstream
from .runner import Suite, budget, goal, play
from .upstream import FAMILIES, connect, suite, terminated

__all__ = [
    "FAMILIES", "AndroidWorldAgent", "Emulator", "Phone", "Suite", "Upstream", "budget",
    "connect", "goal", "play", "suite", "terminated",
]  # fmt: skip
