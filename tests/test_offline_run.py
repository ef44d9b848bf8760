"""Asking: nothing lost to a kill, shards and clusters that add up, and a page that opens."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from PIL import Image as Picture

import offline_sets as small
from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import ModelError, UserError
from qvl_agent.actions.messages import Image, Message, Sampling
from qvl_agent.actions.types import Size
from qvl_agent.agent.cli import main
from qvl_agent.agent.cli.share import part
from qvl_agent.model.base import Reply
from qvl_agent.tasks.offline.infer import Asker, Question, infer, read_picture, window
from qvl_agent.tasks.offline.lines import Answers, Run
from qvl_agent.tasks.offline.page import render
from qvl_agent.tasks.offline.protocols import PREFILL, protocol
from qvl_agent.tasks.offline.recorded import load_steps
from qvl_agent.tasks.offline.result import gathered, outcome
from qvl_agent.tasks.offline.sets import load
from qvl_agent.tasks.offline.step_prompts import asking

QWEN = by_name("qwen2.5-vl")
PAGES = int(os.environ.get("QVL_PAGES", "12"))
KILLS = int(os.environ.get("QVL_KILLS", "2"))
RUN = Run(
    benchmark="pages", protocol="dialect", model="m", engine="script", dialect="qwen2.5-vl",
    resize=(28, 3136, 12845056), sampling={}, data="d", n=3, version="1",
)  # fmt: skip


class Clicker:
    """Answers every question with the same click, and remembers what it was asked."""

    name = "clicker"

    def __init__(self, *failures: ModelError, at: tuple[int, int] = (30, 40)) -> None:
        self.failures, self.at = list(failures), at
        self.asked: list[list[Message]] = []

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        self.asked.append(list(messages))
        if self.failures:
            raise self.failures.pop(0)
        return Reply(small.click("", *self.at).reply, tokens_in=7, tokens_out=3)

    def close(self) -> None: ...


def questions(folder: Path, count: int = 3) -> list[Question]:
    names = [f"{i}.png" for i in range(count)]
    small.paint(folder, names, Size(448, 336))
    return [
        Question(f"q{i}", folder / "images" / name, partial(QWEN.point_prompt, "it"))
        for i, name in enumerate(names)
    ]


def test_what_is_kept_is_not_asked_again(tmp_path: Path) -> None:
    todo = questions(tmp_path)
    first = Clicker()
    list(infer(todo[:2], Asker(first, QWEN), Answers(tmp_path / "out", RUN)))
    again = Clicker()
    answers = Answers(tmp_path / "out", RUN)
    (line,) = infer(todo, Asker(again, QWEN), answers)
    assert (line.id, line.status, line.size, line.tokens_in) == ("q2", "answered", (448, 336), 7)
    assert len(first.asked) + len(again.asked) == 3
    assert [kept.id for kept in answers.results()] == ["q0", "q1", "q2"]


def test_what_the_machine_failed_is_a_line_and_is_asked_again(tmp_path: Path) -> None:
    todo = questions(tmp_path, 1)
    answers = Answers(tmp_path / "out", RUN)
    (lost,) = infer(todo, Asker(Clicker(ModelError("gone")), QWEN), answers)
    assert (lost.status, lost.why) == ("failed", "gone")
    (found,) = infer(todo, Asker(Clicker(), QWEN), answers)
    assert (found.status, len(answers.results())) == ("answered", 1)


def test_a_second_look_is_given_the_surroundings_of_the_first_answer(tmp_path: Path) -> None:
    model = Clicker(at=(200, 100))
    line = Asker(model, QWEN, zoom=0.5).answer(questions(tmp_path, 1)[0])
    assert line.crop is not None
    assert (line.crop.left, line.crop.top, line.crop.size) == (88, 16, (224, 168))
    (first,), (second,) = (
        [p for m in asked for p in m.parts if isinstance(p, Image)] for asked in model.asked
    )
    assert (first.size, second.size) == (Size(448, 336), Size(224, 168))
    assert (line.tokens_in, line.attempts) == (14, 2)


@pytest.mark.parametrize(
    ("at", "corner"), [((0, 0), (0, 0)), ((447, 335), (224, 168)), ((200.4, 99.6), (88, 16))]
)
def test_the_second_look_lies_inside_the_picture(
    at: tuple[float, float], corner: tuple[int, int]
) -> None:
    assert window(at, Size(448, 336), 0.5) == (*corner, Size(224, 168))


def test_parts_are_disjoint_and_whole() -> None:
    items = list(range(11))
    parts = [part(items, f"{i}/3") for i in (1, 2, 3)]
    assert sorted(item for each in parts for item in each) == items
    for wrong in ("0/3", "4/3", "1", "a/b"):
        with pytest.raises(UserError, match="write 1/4 for the first of four"):
            part(items, wrong)


def test_pictures_of_any_kind_are_shown_as_rgb(tmp_path: Path) -> None:
    Picture.new("RGBA", (50, 40), (0, 0, 255, 128)).save(tmp_path / "a.png")
    png, size, digest = read_picture(tmp_path / "a.png")
    assert (size, len(digest)) == (Size(50, 40), 64)
    assert png != (tmp_path / "a.png").read_bytes()
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="b.png is no picture that can be read"):
        read_picture(tmp_path / "b.png")


def shown(messages: Sequence[Message]) -> list[tuple[str, list[str]]]:
    return [
        (m.role, ["<image>" if isinstance(p, Image) else p[:20] for p in m.parts]) for m in messages
    ]


def test_protocols_differ_in_order_and_prefill() -> None:
    image = Image(b"", Size(448, 336), Size(448, 336))
    system = ("system", ["You are a helpful as"])
    told = {
        name: shown(protocol(name, QWEN).ask(QWEN, "it", image))
        for name in ("dialect", "qwen-cookbook", "sspro-official")
    }
    assert told == {
        "dialect": [system, ("user", ["<image>", "it"])],
        "qwen-cookbook": [system, ("user", ["it", "<image>"])],
        "sspro-official": [
            system, ("user", ["<image>", "it"]), ("assistant", [PREFILL[:20]]),
        ],
    }  # fmt: skip
    with pytest.raises(UserError, match="defined for qwen2.5-vl, and the model speaks ui-tars"):
        protocol("sspro-official", by_name("ui-tars-1.5"))
    with pytest.raises(UserError, match="there is no protocol 'x'"):
        protocol("x", QWEN)


def test_recorded_steps_are_asked_with_the_recorded_past(tmp_path: Path) -> None:
    steps = load_steps(
        "android-control", small.write(tmp_path / "ac.jsonl", [small.EPISODE]), partial=True
    ).steps
    image = Image(b"", Size(1080, 2400), Size(1092, 2408))
    high, low = (asking("ac-qwen", level, QWEN)(steps[2], image) for level in ("high", "low"))
    assert high[1].parts == (
        "The user query:  buy shoes\nTask progress (You have done the following operation on the "
        'current device): Step 1: {"action": "open", "text": "Shop"}; Step 2: {"action": "click", '
        '"coordinate": [506, 502]}; ', image,
    )  # fmt: skip
    assert "\nCurrent step query: type it\nTask progress" in str(low[1].parts[0])
    own = asking("dialect", "low", by_name("ui-tars-1.5"))(steps[2], image)
    assert "type it" in "".join(p for m in own for p in m.parts if isinstance(p, str))
    with pytest.raises(UserError, match="use --protocol dialect, or ac-qwen for"):
        asking("ac-qwen", "high", by_name("ui-tars-1.5"))


# -- with the bundled model, from the command line ------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from qvl_agent.tasks.offline.pages import write_pages

    folder = tmp_path_factory.mktemp("pages")
    write_pages(folder, PAGES)
    return folder


@pytest.fixture(scope="module")
def whole(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole")
    assert bench(pages, out) == 0
    return out


def words(pages: Path, out: Path, *more: str) -> list[str]:
    items = ["--items", str(PAGES), "--data", str(pages), "--out", str(out), "--json"]
    return ["bench", "pages", *items, *more]


def bench(pages: Path, out: Path, *more: str) -> int:
    return main(words(pages, out, *more))


def scores(out: Path) -> bytes:
    return (out / "scores.json").read_bytes()


def test_the_generated_set_is_asked_scored_and_shown(
    whole: Path, pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(scores(whole))
    assert (found["n"], found["complete"], len(found["items"])) == (PAGES, True, PAGES)
    assert found["score"] > 0.5, "the bundled model was trained to find words on such pages"
    assert found["interval"][0] < found["score"] < found["interval"][1]
    assert main(["bench", "score", str(whole), "--data", str(pages), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["score"] == found["score"]


@pytest.mark.timeout(900)
def test_a_run_killed_again_and_again_scores_the_same_bytes(
    whole: Path, pages: Path, tmp_path: Path
) -> None:
    file, rng = tmp_path / "answers.jsonl", random.Random(0)
    command = [sys.executable, "-m", "qvl_agent", *words(pages, tmp_path)]
    for kill in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = (kill + 1) * PAGES // (KILLS + 1)
        while process.poll() is None and lines(file) <= wanted:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    before = lines(file)
    assert before > 0
    assert bench(pages, tmp_path) == 0
    assert scores(tmp_path) == scores(whole)
    assert lines(file) == PAGES + 1, "nothing was asked twice"


def lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def test_two_shards_merged_equal_one_run(whole: Path, pages: Path, tmp_path: Path) -> None:
    for shard in ("1/2", "2/2"):
        assert bench(pages, tmp_path / shard[0], "--shard", shard) == 0
    alone = json.loads(scores(tmp_path / "1"))
    assert (alone["complete"], alone["n"]) == (False, PAGES // 2)
    both = [str(tmp_path / "1"), str(tmp_path / "2"), "--out", str(tmp_path / "both")]
    assert main(["bench", "score", *both, "--data", str(pages), "--json"]) == 0
    assert scores(tmp_path / "both") == scores(whole)


@pytest.mark.timeout(400)
def test_a_cluster_of_two_workers_equals_one_process(
    whole: Path, pages: Path, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    command = [sys.executable, "-m", "qvl_agent", *words(pages, tmp_path, "--ray", "2")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=380)
    assert done.returncode == 0, done.stderr
    assert scores(tmp_path) == scores(whole)


def test_two_looks_are_reported_beside_one(pages: Path, tmp_path: Path) -> None:
    assert bench(pages, tmp_path, "--zoom", "0.6", "--limit", "4") == 0
    found = json.loads(scores(tmp_path))
    assert found["first_look"]["n"] == found["n"] == 4
    assert "second look at 0.6" in found["profile"]


def test_runs_are_compared_item_by_item(
    whole: Path, pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["bench", "score", str(whole), "--against", str(whole), "--data", str(pages)]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["only_first"], found["p"]) == (PAGES, 0, 1.0)
    assert main(command) == 0
    assert "McNemar's exact p = 1.0000" in capsys.readouterr().out


def test_answers_are_scored_with_their_own_annotations_only(whole: Path, tmp_path: Path) -> None:
    other = small.write(tmp_path / "screenspot_web.json", small.SPOT)
    strange = load("pages", other, partial=True)
    with pytest.raises(UserError, match="are not those of this run"):
        outcome(*gathered([whole]), strange)


def test_runs_of_different_kinds_are_not_merged(whole: Path, tmp_path: Path) -> None:
    Answers(tmp_path, RUN)
    with pytest.raises(UserError, match="measures something else"):
        gathered([whole, tmp_path])


BAD = {
    "no data": (["bench", "screenspot"], "name the folder of screenspot as --data DIR"),
    "no folder": (["bench", "screenspot", "--data", "nowhere"], "there is no folder nowhere"),
    "an empty folder": (["bench", "screenspot", "--data", "."], "holds no annotation files"),
    "no run": (["bench", "score", "nowhere", "--data", "."], "cannot read nowhere"),
    "no hub": (["bench", "aitz", "--data", ".", "--fetch"], "is not on the hub in a known form"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command, said = BAD[name]
    assert main(command) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert said in told[-1]
    assert told[-1].startswith("qvl-agent: ")


def test_a_damaged_answer_is_named_with_its_line(whole: Path, pages: Path, tmp_path: Path) -> None:
    text = (whole / "answers.jsonl").read_text().splitlines()
    (tmp_path / "answers.jsonl").write_text("\n".join([*text[:2], text[2][:50], *text[3:]]) + "\n")
    with pytest.raises(UserError, match="line 3 is damaged"):
        gathered([tmp_path])


def test_the_report_opens_offline_and_filters(whole: Path) -> None:
    from qvl_agent.envs import chromium

    counts = json.loads(scores(whole))["rules"]["point-in-box"]["errors"]
    with chromium.borrowed() as play:
        browser = play.chromium.launch(
            executable_path=chromium.executable(play), args=chromium.arguments()
        )
        context = browser.new_context(offline=True)
        page, errors = context.new_page(), list[str]()
        page.on("pageerror", partial(note, errors))
        page.goto(f"file://{whole / 'report.html'}")
        assert page.locator(".card").count() == min(48, PAGES)
        page.locator("#chips button", has_text="right").click()
        assert page.locator("#count").inner_text() == f"{counts['right']} of {PAGES} items"
        page.locator(".card").first.click()
        assert page.locator("dialog .shot").count() == 2
        assert page.locator("dialog pre").inner_text().startswith(("<tool_call>", "Click"))
        page.keyboard.press("Escape")
        page.locator("#search").fill("no such words")
        assert page.locator(".card").count() == 0
        browser.close()
    assert not errors


def note(errors: list[str], error: object) -> None:
    errors.append(str(error))


def test_hostile_words_stay_words_in_the_report(tmp_path: Path) -> None:
    attack = "</script><img src=x onerror=alert(1)>"
    rows = [small.SPOT[0] | {"instruction": attack}]
    data = load("screenspot", small.write(tmp_path / "screenspot_mobile.json", rows), partial=True)
    run = RUN.model_copy(update={"benchmark": "screenspot", "data": data.data, "n": 1})
    line = small.said("screenspot_mobile_0", attack)
    html = render(outcome(run, [line], data), data)
    assert attack not in html
    assert "\\u003c/script>" in html
