"""AndroidWorld: our agent and our runner over the upstream package, which is installed apart."""

from .agent import AndroidWorldAgent
from .phone import Phone, Upstream
from .runner import Suite, budget, play

__all__ = ["AndroidWorldAgent", "Phone", "Suite", "Upstream", "budget", "play"]
