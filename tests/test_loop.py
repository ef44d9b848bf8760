"""The loop: who is asked, what is told, and how a run ends."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from qvl_agent.actions.dialects.base import ResizeRule, Turn
from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import ActionError, BadReply, EnvError, ModelError, OutOfMemory
from qvl_agent.actions.messages import Image as Picture
from qvl_agent.actions.messages import Message, Sampling
from qvl_agent.actions.types import (
    KINDS,
    Action,
    Answer,
    AskUser,
    Back,
    Capabilities,
    Click,
    Decision,
    Drag,
    Finish,
    GoTo,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Size,
    Type,
    Wait,
)
from qvl_agent.agent.approve import Approver, allow_all, refuse_all
from qvl_agent.agent.episode import Episode, Ruling, Step, exit_code
from qvl_agent.agent.loop import NOBODY, REPEATED, Limits, run_episode
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.envs.base import Effect, Observation
from qvl_agent.model.base import Reply
from qvl_agent.model.scripted import ScriptedModel

SIZE = Size(280, 140)
HERE = Point(x=20, y=10)
EVERY_ACTION: tuple[Action, ...] = (
    Click(at=HERE), LongPress(at=HERE), Drag(start=HERE, end=HERE), Scroll(at=HERE, dy=3),
    Type(text="x"), Press(keys=("enter",)), Hover(at=HERE), Home(), Back(), Recents(),
    OpenApp(name="Mail"), GoTo(url="https://example.org"), Wait(seconds=0.0), Answer(text="42"),
    AskUser(text="which?"), Finish(success=True),
)  # fmt: skip


def picture(shade: int) -> bytes:
    """A screen of one colour."""
    out = io.BytesIO()
    Image.new("RGB", SIZE, (shade % 256, 90, 90)).save(out, "PNG")
    return out.getvalue()


def changes(action: Action) -> Effect:
    return Effect("changed")


class Place:
    """A screen whose colour is a number, and an effect of one's choice on every act."""

    capabilities = Capabilities("browser", frozenset(KINDS))

    def __init__(self, effect: Callable[[Action], Effect] = changes, still: bool = False):
        self.acted: list[Action] = []
        self.shade = 0
        self.where = "here"
        self.events: tuple[str, ...] = ()
        self._effect = effect
        self._still = still

    def observe(self) -> Observation:
        events, self.events = self.events, ()
        return Observation(picture(self.shade), SIZE, where=self.where, events=events)

    def act(self, action: Action) -> Effect:
        self.acted.append(action)
        self.shade += not self._still
        return self._effect(action)

    def close(self) -> None: ...


class Plain:
    """A dialect in which a reply is a JSON list of actions; keeps what it was asked to render."""

    name = "plain"
    resize = ResizeRule(28, 28 * 28, 10**7)
    sampling = Sampling()

    def __init__(self) -> None:
        self.pasts: list[Sequence[Turn]] = []

    def render(
        self, goal: str, past: Sequence[Turn], now: Picture, can: Capabilities
    ) -> list[Message]:
        self.pasts.append(past)
        return [Message("user", (now, goal))]

    def parse(self, reply: str, seen: Picture, can: Capabilities) -> Decision:
        try:
            actions: list[dict[str, Any]] = json.loads(reply)
        except ValueError as error:
            raise BadReply("that is no JSON") from error
        return Decision("", tuple(action_of(fields) for fields in actions))

    def point_prompt(self, what: str, image: Picture) -> list[Message]:
        return [Message("user", (image, what))]


def action_of(fields: dict[str, Any]) -> Action:
    found = next(action for action in EVERY_ACTION if action.kind == fields["kind"])
    return type(found)(**fields)


def say(*actions: Action) -> str:
    return json.dumps([action.model_dump(mode="json") for action in actions])


DONE = say(Finish(success=True))


def play(
    replies: Sequence[str] | Callable[[Sequence[Message]], str],
    place: Place | None = None,
    dialect: Plain | None = None,
    approve: Approver = allow_all,
    **options: Any,
) -> Episode:
    policy = VisionPolicy(ScriptedModel(replies), dialect or Plain())
    return run_episode("a goal", place or Place(), policy, approve=approve, **options)


def yes(answer: str) -> tuple[bool, str]:
    return True, "it is so"


def no(answer: str) -> tuple[bool, str]:
    return False, "it is not so"


@pytest.mark.parametrize("action", EVERY_ACTION, ids=lambda action: action.kind)
def test_the_approver_is_asked_before_every_act(action: Action) -> None:
    place = Place()
    asked: list[Action] = []

    def approve(wanted: Action, seen: Observation) -> Ruling:
        assert wanted not in place.acted
        asked.append(wanted)
        return Ruling("allow")

    play([say(action), DONE], place, approve=approve)
    assert asked[0] == action
    assert set(place.acted) <= set(asked)


@pytest.mark.parametrize("action", EVERY_ACTION[:-4], ids=lambda action: action.kind)
def test_what_is_refused_is_not_done(action: Action) -> None:
    place = Place()
    episode = play([say(action)] * 3, place, approve=refuse_all)
    assert (place.acted == []) == (action.kind != "wait")
    assert episode.outcome == ("model_error" if action.kind == "wait" else "refused")


def test_every_kind_of_action_is_covered_by_these_tests() -> None:
    assert {action.kind for action in EVERY_ACTION} == set(KINDS)


def test_an_approver_that_says_stop_ends_the_run_as_refused() -> None:
    place = Place()
    episode = play(
        [say(Click(at=HERE), Type(text="x"))],
        place,
        approve=lambda action, seen: Ruling("stop", "enough"),
    )
    assert (episode.outcome, episode.why, place.acted) == ("refused", "enough", [])
    assert exit_code(episode) == 14


def test_a_refusal_is_told_to_the_model_with_its_reason() -> None:
    rulings = iter([Ruling("refuse", "not that one"), Ruling("allow")])
    dialect = Plain()
    play([say(Click(at=HERE)), DONE], None, dialect, approve=lambda action, seen: next(rulings))
    assert "not that one" in dialect.pasts[1][0].feedback


@pytest.mark.parametrize("nonsense", ["", "hello", '{"kind": "click"', "[]"])
def test_a_model_that_talks_nonsense_ends_as_bad_replies(nonsense: str) -> None:
    place = Place()
    episode = play([nonsense] * 9, place)
    assert (episode.outcome, len(episode.steps), place.acted) == ("bad_replies", 3, [])
    assert exit_code(episode) == 15


def test_one_good_reply_starts_the_count_of_bad_ones_anew() -> None:
    good = say(Click(at=HERE))
    episode = play(["?", "?", good, "?", "?", good, DONE])
    assert episode.outcome == "claimed"


def test_a_bad_reply_is_told_to_the_model_word_for_word() -> None:
    dialect = Plain()
    play(["?", DONE], None, dialect)
    (turn,) = dialect.pasts[1]
    assert (turn.reply, turn.actions, turn.feedback) == ("?", (), "that is no JSON")


class Cut(ScriptedModel):
    """Every reply reaches the limit of its length."""

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        return replace(super().generate(messages, sampling), finish_reason="length")


@pytest.mark.parametrize("text", [say(Click(at=HERE)), "[{"])
def test_a_reply_that_was_cut_off_is_refused_even_if_it_parses(text: str) -> None:
    look = Observation(picture(0), SIZE)
    chosen = VisionPolicy(Cut([text]), Plain()).decide("a goal", [], look, Place.capabilities)
    assert chosen.actions == ()
    assert "cut off" in chosen.refusal


def test_the_same_action_on_the_same_screen_is_told_first_and_ends_as_loop_then() -> None:
    dialect = Plain()
    episode = play([say(Click(at=HERE))] * 30, Place(still=True), dialect)
    assert (episode.outcome, len(episode.steps)) == ("loop", 5)
    assert exit_code(episode) == 12
    assert [REPEATED in step.feedback for step in episode.steps] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert dialect.pasts[3][2].feedback == REPEATED


def test_a_cycle_of_three_screens_ends_as_loop() -> None:
    place = Place()

    def reply(messages: Sequence[Message]) -> str:
        place.shade %= 3
        return say(Click(at=Point(x=place.shade, y=1)))

    episode = play(reply, place, limits=Limits(steps=50))
    assert episode.outcome == "loop"
    assert len(episode.steps) <= 15


def test_the_same_action_on_screens_that_move_on_is_no_loop() -> None:
    episode = play([say(Scroll(at=HERE, dy=3))] * 20 + [DONE])
    assert episode.outcome == "claimed"


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(steps=4), "4 steps"),
        (Limits(seconds=0.0), "seconds"),
        (Limits(tokens=3), "3 tokens"),
    ],
)
def test_a_spent_budget_ends_the_run_under_that_name(limits: Limits, words: str) -> None:
    episode = play([say(Scroll(at=HERE, dy=3))] * 20, limits=limits)
    assert episode.outcome == "budget"
    assert words in episode.why
    assert exit_code(episode) == 13


def test_a_claim_that_the_check_confirms_is_verified() -> None:
    episode = play([DONE], check=yes)
    assert (episode.outcome, episode.claim, episode.done) == ("verified", "done", True)
    assert exit_code(episode) == 0


def test_a_false_claim_is_never_verified() -> None:
    episode = play([DONE], check=no)
    assert (episode.outcome, episode.claim, episode.done) == ("not_done", "done", False)
    assert episode.false_claim
    assert exit_code(episode, accept_claimed=True) == 11


def test_a_claim_that_nothing_checks_is_only_claimed() -> None:
    episode = play([DONE])
    assert (episode.outcome, episode.done) == ("claimed", None)
    assert (exit_code(episode), exit_code(episode, accept_claimed=True)) == (10, 0)


def test_giving_up_is_not_done_even_if_the_check_says_otherwise() -> None:
    episode = play([say(Finish(success=False, text="no such flight"))], check=yes)
    assert (episode.outcome, episode.claim, episode.done) == ("not_done", "failed", True)
    assert episode.answer == "no such flight"


def test_a_thing_done_without_a_claim_is_not_verified() -> None:
    episode = play(["?"] * 3, check=yes)
    assert (episode.outcome, episode.claim, episode.done) == ("bad_replies", None, True)
    assert exit_code(episode, accept_claimed=True) == 15


def test_a_task_that_ends_by_itself_is_judged_by_its_check_alone() -> None:
    first, second = Click(at=HERE), Hover(at=HERE)
    for check, outcome in ((yes, "verified"), (no, "not_done")):
        episode = play([say(first, second), DONE], check=check, over=lambda: "the game is over")
        assert (episode.outcome, episode.claim, len(episode.steps)) == (outcome, None, 1)
        assert [deed.action for deed in episode.steps[0].deeds] == [first], "nothing follows it"


def test_a_task_that_ends_after_giving_up_changes_nothing() -> None:
    episode = play([say(Finish(success=False))], check=yes, over=lambda: "the game is over")
    assert (episode.outcome, episode.over) == ("not_done", False)


def test_the_answer_goes_to_the_check() -> None:
    answers: list[str] = []

    def check(answer: str) -> tuple[bool, str]:
        answers.append(answer)
        return True, ""

    play([say(Answer(text="42")), DONE], check=check)
    assert answers == ["42"]


def failing(error: type[Exception]) -> Callable[[Action], Effect]:
    def fail(action: Action) -> Effect:
        raise error("the cause")

    return fail


def test_an_action_that_cannot_be_done_is_told_and_the_run_goes_on() -> None:
    dialect = Plain()
    episode = play([say(Click(at=HERE)), DONE], Place(failing(ActionError)), dialect)
    assert episode.outcome == "claimed"
    assert dialect.pasts[1][0].feedback == "the cause"


def test_a_lost_environment_ends_the_run_under_that_name() -> None:
    episode = play([say(Click(at=HERE))], Place(failing(EnvError)))
    assert (episode.outcome, episode.why, exit_code(episode)) == ("env_lost", "the cause", 16)


def test_a_model_that_cannot_answer_ends_the_run_under_that_name() -> None:
    episode = play([])
    assert (episode.outcome, exit_code(episode)) == ("model_error", 15)


def test_a_bug_is_not_caught() -> None:
    with pytest.raises(ZeroDivisionError):
        play([say(Click(at=HERE))], Place(failing(ZeroDivisionError)))


@pytest.mark.parametrize("moment", ["act", "model"])
def test_an_interrupt_ends_the_run_as_stopped(moment: str) -> None:
    def reply(messages: Sequence[Message]) -> str:
        if moment == "model":
            raise KeyboardInterrupt
        return say(Click(at=HERE))

    def effect(action: Action) -> Effect:
        raise KeyboardInterrupt

    episode = play(reply, Place(effect))
    assert (episode.outcome, exit_code(episode)) == ("stopped", 17)


def test_the_actions_of_a_reply_are_done_in_order() -> None:
    place = Place(still=True)
    wanted = (Click(at=HERE), Type(text="Oslo"), Press(keys=("enter",)))
    episode = play([say(*wanted), DONE], place)
    assert tuple(place.acted) == wanted
    assert len(episode.steps) == 2


def test_after_an_error_the_rest_of_a_reply_is_left_out() -> None:
    place = Place(failing(ActionError))
    play([say(Click(at=HERE), Type(text="Oslo")), DONE], place)
    assert place.acted == [Click(at=HERE)]


def test_a_later_action_is_left_out_when_its_target_changed() -> None:
    place, dialect = Place(), Plain()
    play([say(Type(text="x"), Click(at=HERE)), DONE], place, dialect)
    assert place.acted == [Type(text="x")]
    assert "look again" in dialect.pasts[1][0].feedback


def test_a_later_action_is_left_out_when_another_page_came_up() -> None:
    def go(action: Action) -> Effect:
        place.where = "elsewhere"
        return Effect("changed")

    place = Place(go)
    play([say(Click(at=HERE), Type(text="secret")), DONE], place)
    assert place.acted == [Click(at=HERE)]


def test_a_question_without_anybody_to_answer_is_told_so() -> None:
    dialect = Plain()
    play([say(AskUser(text="which?")), DONE], None, dialect)
    assert NOBODY in dialect.pasts[1][0].feedback


def test_the_answer_to_a_question_reaches_the_model() -> None:
    dialect = Plain()
    play(
        [say(AskUser(text="which?")), DONE],
        None,
        dialect,
        approve=lambda action, seen: Ruling("allow", "the blue one"),
    )
    assert "the blue one" in dialect.pasts[1][0].feedback


def test_what_happened_between_two_looks_is_told_with_the_step_before() -> None:
    dialect = Plain()

    def alert(action: Action) -> Effect:
        place.events = ("a dialog said “Saved”",)
        return Effect("changed")

    place = Place(alert)
    play([say(Click(at=HERE)), DONE], place, dialect)
    assert dialect.pasts[1][0].feedback == "a dialog said “Saved”"


def test_no_effect_is_told_with_its_reason() -> None:
    dialect = Plain()
    place = Place(lambda action: Effect("no_effect", "nothing is there"))
    play([say(Click(at=HERE)), DONE], place, dialect)
    assert dialect.pasts[1][0].feedback == "nothing is there"


def test_the_past_that_the_model_sees_is_never_rewritten() -> None:
    dialect = Plain()
    play([say(Click(at=HERE)), "?", say(Type(text="x")), DONE], None, dialect)
    longest = list(dialect.pasts[-1])
    assert all(list(past) == longest[: len(past)] for past in dialect.pasts)


def test_time_is_accounted_for_by_phase() -> None:
    clock: list[Step] = []
    episode = play([say(Click(at=HERE)), DONE], on_step=clock.append)
    assert {"capture", "render", "model", "parse", "ask", "act", "record"} <= set(episode.phases())
    assert sum(episode.phases().values()) <= episode.seconds
    assert 0 <= episode.overhead_per_step() <= episode.seconds
    assert [step.index for step in clock] == [1, 1, 1, 2, 2, 2]


def test_the_loop_runs_with_a_real_dialect() -> None:
    def replies() -> Iterator[str]:
        for arguments in (
            {"action": "left_click", "coordinate": [20, 10]},
            {"action": "terminate", "status": "success"},
        ):
            call = json.dumps({"name": "computer_use", "arguments": arguments})
            yield f"<tool_call>\n{call}\n</tool_call>"

    place = Place()
    policy = VisionPolicy(ScriptedModel(list(replies())), by_name("qwen2.5-vl"))
    episode = run_episode("click there", place, policy, approve=allow_all)
    assert episode.outcome == "claimed"
    assert place.acted == [Click(at=HERE)]


def test_a_script_that_is_over_says_so() -> None:
    with pytest.raises(ModelError, match="no more replies"):
        ScriptedModel([]).generate([], Sampling())


class Narrow(ScriptedModel):
    """Has no memory at some of its calls, counted from 1; keeps what it foresees."""

    def __init__(self, replies: Sequence[str], *fails: int) -> None:
        super().__init__(replies)
        self.fails = fails
        self.calls = 0
        self.foreseen: list[Picture] = []

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        self.calls += 1
        if self.calls in self.fails:
            raise OutOfMemory("out of memory on cuda:0")
        return super().generate(messages, sampling)

    def foresee(self, picture: Picture) -> None:
        self.foreseen.append(picture)


def test_out_of_memory_costs_the_old_screenshots_and_is_said() -> None:
    dialect = Plain()
    model = Narrow([say(Click(at=HERE)), DONE], 2)
    episode = run_episode("g", Place(), VisionPolicy(model, dialect))
    assert episode.outcome == "claimed"
    assert [turn.image is None for past in dialect.pasts[1:] for turn in past] == [False, True]
    assert "went on without earlier screenshots" in episode.steps[1].note
    assert not episode.steps[0].note


def test_memory_that_is_short_without_a_history_ends_the_run() -> None:
    episode = run_episode("g", Place(), VisionPolicy(Narrow([DONE], 1), Plain()))
    assert (episode.outcome, episode.why) == ("model_error", "out of memory on cuda:0")


def test_frames_are_shown_to_a_model_before_the_screen_is_at_rest() -> None:
    class Showing(Place):
        on_frame: Callable[[bytes, Size], None]

        def __init__(self) -> None:
            super().__init__()
            self.on_frame = lambda png, size: None

        def act(self, action: Action) -> Effect:
            effect = super().act(action)
            self.on_frame(picture(self.shade), SIZE)
            return effect

    model = Narrow([say(Click(at=HERE)), DONE])
    episode = run_episode("g", Showing(), VisionPolicy(model, Plain()))
    assert [seen.png for seen in model.foreseen] == [episode.steps[1].look.png]
    assert model.foreseen[0].size == SIZE
