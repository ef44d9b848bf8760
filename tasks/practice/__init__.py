"""The practice site: small local web apps, their tasks and their checks."""

from .apps import KINDS
from .server import PracticeTask, Site
from .wording import job_from
from .words import eval_seed, split

__all__ = ["KINDS", "PracticeTask", "Site", "eval_seed", "from_goal", "split"]


def from_goal(site: Site, text: str, seed: int) -> PracticeTask | None:
    """The practice task that a user's own words ask for; None when they fit no app."""
    job = job_from(text, seed)
    return site.add(job) if job else None
