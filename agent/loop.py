"""The loop: look, reason, ask, act, keep."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..actions.errors import ActionError, EnvError, ModelError
from ..actions.types import Action, Answer, AskUser, Finish, Wait
from ..envs.base import Effect, Env, Previews
from .approve import Approver, allow_all
from .describe import flat
from .episode import Check, Deed, Episode, Outcome, Ruling, Step, judge
from .policy import Policy
from .record import NoRecord, Record
from .watch import repeats, surprise

NO_EFFECT = "nothing changed"
UNKNOWN = "The run was interrupted here: look whether this was done."
NOBODY = "Nobody is there to answer; decide yourself."
REPEATED = "You did the same on the same screen before and it led nowhere; do something else."


@dataclass(frozen=True)
class Limits:
    """When to stop; `tokens` 0 means no limit."""

    steps: int = 30
    seconds: float = 600.0
    tokens: int = 0
    bad_replies: int = 3
    """Refused replies in a row; also refused actions in a row."""
    warn_repeats: int = 3
    """How often the same action on the same screen is done before the model is told."""
    stop_repeats: int = 5
    """How often until the run is stopped."""


@dataclass
class _Run:
    """What a run holds while it goes on."""

    env: Env
    policy: Policy
    approve: Approver
    record: Record
    limits: Limits
    on_step: Callable[[Step], None]
    over: Callable[[], str]
    episode: Episode
    began: float = field(default_factory=time.perf_counter)
    kept: int = 0
    """Number of the last step that was written down to its end."""


def run_episode(
    goal: str,
    env: Env,
    policy: Policy,
    *,
    approve: Approver = allow_all,
    on_step: Callable[[Step], None] = lambda step: None,
    limits: Limits | None = None,
    record: Record | None = None,
    check: Check | None = None,
    over: Callable[[], str] = lambda: "",
    past: Sequence[Step] = (),
) -> Episode:
    """Take steps until something ends the run; `on_step` is called while and after each.

    `over` says why a task has ended by itself, as a game does, or nothing; it is asked after each
    action, and `check` then says how the task ended.

    `past` holds the steps of a run that is gone on with; the screen is looked at before anything.

    EnvError, ModelError and Ctrl-C end the episode under their names; the caller closes `env`.
    """
    episode = Episode(goal, steps=resumable(past))
    limits, record = limits or Limits(), record or NoRecord()
    run = _Run(env, policy, approve, record, limits, on_step, over, episode)
    if isinstance(env, Previews):
        env.on_frame = policy.foresee
    try:
        while episode.outcome is None:
            take_step(run)
    except EnvError as error:
        end(episode, "env_lost", flat(str(error)))
    except ModelError as error:
        end(episode, "model_error", flat(str(error)))
    except KeyboardInterrupt:
        end(episode, "stopped", "interrupted by the user")
    judge(episode, check(episode.answer) if check else None)
    episode.seconds = time.perf_counter() - run.began
    if episode.steps and run.kept < episode.steps[-1].index:
        run.record.step(episode.steps[-1])
    run.record.end(episode)
    return episode


def stepper(
    goal: str, env: Env, policy: Policy, *, limits: Limits | None = None
) -> tuple[Episode, Callable[[], None]]:
    """An episode and what takes its next step, for harnesses that keep the loop to themselves.

    A lost environment or a model that cannot answer is raised: what follows is up to the harness.
    """
    episode = Episode(goal)
    limits = limits or Limits()
    run = _Run(env, policy, allow_all, NoRecord(), limits, lambda _: None, lambda: "", episode)
    return episode, lambda: take_step(run)


def resumable(past: Sequence[Step]) -> list[Step]:
    """Steps that were decided; of a last one without an outcome nobody knows what was done."""
    steps = [step for step in past if step.reply]
    if steps and steps[-1].actions and len(steps[-1].deeds) < len(steps[-1].actions):
        steps[-1].feedback = f"{steps[-1].feedback} {UNKNOWN}".strip()
    return steps


def take_step(run: _Run) -> None:
    """Look, reason, ask, act, keep; sets the episode's outcome when the run is over."""
    step = look(run)
    reason(run, step)
    for action in step.actions:
        if not carry_out(run, step, action):
            break
    step.feedback = feedback(step)
    keep(run, step)


def look(run: _Run) -> Step:
    """See the screen, and keep what was seen."""
    began = time.perf_counter()
    before = run.episode.steps[-1].index if run.episode.steps else 0
    step = Step(before + 1, run.env.observe())
    took = time.perf_counter() - began
    known = step.look.seconds
    step.seconds = {
        **known,
        "capture": known.get("capture", 0.0) + max(took - sum(known.values()), 0.0),
    }
    # Kept first: an interrupt in between must not leave a step whose look the record lacks.
    with clock(step, "record"):
        run.record.look(step)
    run.episode.steps.append(step)
    run.on_step(step)
    return step


def reason(run: _Run, step: Step) -> None:
    """Let the policy decide, and keep the intent before anything is done."""
    past = run.episode.steps[:-1]
    choice = run.policy.decide(run.episode.goal, past, step.look, run.env.capabilities)
    step.reply, step.thought, step.actions = choice.reply, choice.thought, choice.actions
    step.refusal, step.model_seconds = choice.refusal, choice.model_seconds
    step.note = choice.note
    step.seconds.update(choice.seconds)
    with clock(step, "record"):
        run.record.intent(step)
    run.on_step(step)


def carry_out(run: _Run, step: Step, action: Action) -> bool:
    """Ask, act and keep one action; False when the rest of the decision must not follow."""
    if problem := unforeseen(run, step, action):
        deed = Deed(action, error=problem)
    else:
        with clock(step, "ask"):
            ruling = run.approve(action, step.look)
        deed = act(run, step, action, ruling)
    step.deeds.append(deed)
    with clock(step, "record"):
        run.record.deed(step, deed)
    if run.episode.outcome is None and (why := run.over()):
        run.episode.over = True
        end(run.episode, "not_done", why)
    return not deed.error and run.episode.outcome is None


def unforeseen(run: _Run, step: Step, action: Action) -> str:
    """Why a later action of a decision no longer fits the screen; empty when it does."""
    if not step.deeds or isinstance(action, Finish | Answer | AskUser):
        return ""
    with clock(step, "capture"):
        now = run.env.observe()
    return surprise(action, step.look, now)


def act(run: _Run, step: Step, action: Action, ruling: Ruling) -> Deed:
    """Carry out what was allowed: in the environment, or, for words and claims, in the episode."""
    if ruling.verdict == "stop":
        end(run.episode, "refused", ruling.note or "the approver stopped the run")
    if ruling.verdict != "allow":
        note = f": {ruling.note}" if ruling.note else ""
        return Deed(action, ruling, error=f"The user refused this action{note}.")
    match action:
        case Finish():
            claim(run.episode, action)
            return Deed(action, ruling)
        case Answer():
            run.episode.answer = action.text
            return Deed(action, ruling)
        case AskUser():
            return Deed(action, ruling, Effect("unknown", ruling.note or NOBODY))
        case _:
            return act_in_env(run, step, action, ruling)


def act_in_env(run: _Run, step: Step, action: Action, ruling: Ruling) -> Deed:
    """The environment's part; what it cannot do is told to the model."""
    try:
        with clock(step, "wait" if isinstance(action, Wait) else "act"):
            return Deed(action, ruling, run.env.act(action))
    except ActionError as error:
        return Deed(action, ruling, error=str(error))


def keep(run: _Run, step: Step) -> None:
    """Close the step: look for loops, refusals and spent budgets, and write it down."""
    if run.episode.outcome is None:
        watch_for_loops(run, step)
        watch_for_refusals(run)
        watch_budget(run)
    began = time.perf_counter()
    run.record.step(step)
    run.kept = step.index
    step.seconds["record"] += time.perf_counter() - began
    run.on_step(step)


def missed(deed: Deed) -> bool:
    """Whether an action that should change something did not."""
    waited = isinstance(deed.action, Wait)
    return not waited and deed.effect is not None and deed.effect.verdict == "no_effect"


def feedback(step: Step) -> str:
    """What the model is told about a step: refusal, error, answer, or that nothing changed."""
    if step.refusal:
        return step.refusal
    told: list[str] = []
    for deed in step.deeds:
        if deed.error:
            told.append(deed.error)
        elif isinstance(deed.action, AskUser) and deed.effect:
            told.append(f"The user's reply: {deed.effect.reason}")
        elif missed(deed):
            told.append((deed.effect and deed.effect.reason) or NO_EFFECT)
    return " ".join(told)


def watch_for_loops(run: _Run, step: Step) -> None:
    """The same action on the same screen: first a word to the model, then the end."""
    times = repeats(run.episode.steps)
    if times >= run.limits.stop_repeats:
        end(run.episode, "loop", f"the same action on the same screen {times} times")
    elif times >= run.limits.warn_repeats:
        step.feedback = f"{step.feedback} {REPEATED}".strip()


def watch_for_refusals(run: _Run) -> None:
    """Too many bad replies, or too many noes, in a row."""
    most = run.limits.bad_replies
    last = run.episode.steps[-most:]
    if len(last) < most:
        return
    if all(step.refusal for step in last):
        end(run.episode, "bad_replies", f"{most} bad replies in a row: {last[-1].refusal}")
    elif all(any(d.ruling and d.ruling.verdict == "refuse" for d in step.deeds) for step in last):
        end(run.episode, "refused", f"{most} refused actions in a row")


def watch_budget(run: _Run) -> None:
    """Steps, seconds or tokens are spent."""
    episode, limits = run.episode, run.limits
    if len(episode.steps) >= limits.steps:
        end(episode, "budget", f"{limits.steps} steps are spent")
    elif time.perf_counter() - run.began >= limits.seconds:
        end(episode, "budget", f"{limits.seconds:g} seconds are spent")
    elif 0 < limits.tokens <= episode.tokens():
        end(episode, "budget", f"{limits.tokens} tokens are spent")


def claim(episode: Episode, action: Finish) -> None:
    """The model says that it is over: done, or not possible."""
    episode.claim = "done" if action.success else "failed"
    episode.answer = action.text or episode.answer
    outcome: Outcome = "claimed" if action.success else "not_done"
    end(episode, outcome, "the agent says it is done" if action.success else "the agent gave up")


def end(episode: Episode, outcome: Outcome, why: str) -> None:
    """The first reason to end holds."""
    if episode.outcome is None:
        episode.outcome, episode.why = outcome, why


@contextmanager
def clock(step: Step, phase: str) -> Generator[None]:
    """Add the time of a block to a phase of the step, also when the block raises."""
    began = time.perf_counter()
    try:
        yield
    finally:
        step.seconds[phase] = step.seconds.get(phase, 0.0) + time.perf_counter() - began
