"""What a person sees while a run goes on: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from ..describe import deed_word, describe, flat, quoted
from ..episode import Step

if TYPE_CHECKING:
    from rich.status import Status
    from rich.text import Text


class LiveLine:
    """Shows each step as it happens, on standard error."""

    def __init__(self, quiet: bool = False) -> None:
        from rich.console import Console

        self.console = Console(stderr=True, highlight=False, quiet=quiet)
        self._status: Status | None = None
        self._told = 0
        self._began = time.perf_counter()

    def __enter__(self) -> LiveLine:
        if self.console.is_terminal and not self.console.quiet:
            self._status = self.console.status("starting")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status:
            self._status.stop()

    def say(self, line: str) -> None:
        """One line of text, as it stands."""
        self.console.print(line, markup=False, soft_wrap=True)

    def ask(self, question: str) -> str:
        """Ask a person, with the live line out of the way; a closed input means quit."""
        if self._status:
            self._status.stop()
        print(question, end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if self._status:
            self._status.start()
        return answer.strip() if answer else "q"

    def on_step(self, step: Step) -> None:
        """Called after the look, after the reply and after the acts of a step."""
        if step.index > self._told and (step.deeds or step.refusal):
            self._told = step.index
            self.say(step_line(step))
        elif self._status:
            self._status.update(_Now(step, self._began))


def step_line(step: Step) -> str:
    """A finished step in a line: number, actions, what came of them, seconds."""
    spent = f"{sum(step.seconds.values()):5.1f} s"
    if step.refusal:
        return f"{step.index:3}  {spent}  not understood: {flat(step.refusal, 200)}"
    deeds = "; ".join(f"{describe(deed.action)} – {deed_word(deed)}" for deed in step.deeds)
    told = (
        f"  [{flat(step.feedback)}]" if step.feedback and flat(step.feedback) not in deeds else ""
    )
    noted = f"  ({flat(step.note, 200)})" if step.note else ""
    return f"{step.index:3}  {spent}  {deeds}{told}{noted}"


class _Now:
    """What is going on; drawn anew at every turn of the spinner, so that the seconds run."""

    def __init__(self, step: Step, began: float) -> None:
        thought = f" {quoted(step.thought)}" if step.thought else ""
        actions = ", ".join(describe(action) for action in step.actions)
        doing = "thinking" if step.reply is None else "acting"
        self._index, self._doing, self._began = step.index, f"{actions or doing}{thought}", began

    def __rich__(self) -> Text:
        from rich.text import Text

        seconds = time.perf_counter() - self._began
        return Text(f"step {self._index} · {seconds:.0f} s · {self._doing}", no_wrap=True)
