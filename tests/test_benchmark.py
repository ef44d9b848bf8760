"""Benchmarks: what counts, how sure it is, and that a stopped run goes on."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvl_agent.actions.errors import UserError
from qvl_agent.agent.cli import bench
from qvl_agent.agent.cli.share import begun, bring_home, words
from qvl_agent.agent.episode import Episode, Outcome
from qvl_agent.tasks.benchmark import (
    Case,
    Journal,
    Setting,
    result,
    run_benchmark,
    summary,
    tabulate,
)
from qvl_agent.tasks.stats import wilson

SETTING = Setting(benchmark="b", profile="p", model="m", dialect="d", version="1")
CASES = [Case("mail", 1), Case("mail", 2), Case("shop", 1), Case("shop", 2)]


def ended(outcome: Outcome, claim: bool = False, done: bool | None = None) -> Episode:
    return Episode("g", [], outcome, "", "done" if claim else None, "", done, seconds=2.0)


TRUE, FALSE = ended("verified", True, True), ended("not_done", True, False)
LOST, UNCLAIMED = ended("env_lost"), ended("loop", done=True)


class Player:
    """Plays cases with known ends, and remembers which it played."""

    def __init__(self, *ends: Episode) -> None:
        self.ends = iter(ends)
        self.played: list[Case] = []

    def __call__(self, case: Case) -> Episode:
        self.played.append(case)
        return next(self.ends)


# Newcombe (1998), table I, the score method without continuity correction.
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_the_interval_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_rate_and_stays_within_bounds(hits: int, misses: int) -> None:
    n = hits + misses
    low, high = wilson(hits, n)
    assert 0 <= low <= high <= 1
    if n:
        assert low - 1e-12 <= hits / n <= high + 1e-12
        assert math.isclose(wilson(misses, n).low, 1 - high, abs_tol=1e-9)


def test_only_a_confirmed_claim_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SETTING)
    list(run_benchmark(CASES, Player(TRUE, FALSE, UNCLAIMED, TRUE), journal))
    found = summary(SETTING, tabulate(journal.results()))
    assert (found["n"], found["score"], found["verified_rate"]) == (4, 0.5, 0.5)
    assert (found["false_claims"], found["claims"]) == (1, 3)
    assert found["false_claim_rate"] == pytest.approx(1 / 3)
    assert found["interval"] == pytest.approx(list(wilson(2, 4)))


def test_what_the_machine_lost_is_counted_both_ways() -> None:
    results = [result(CASES[i], end) for i, end in enumerate([TRUE, FALSE, LOST, TRUE])]
    total = tabulate(results).total
    assert (total.n, total.lost, total.rate) == (4, 1, 0.5)
    assert total.rate_without_lost == pytest.approx(2 / 3)
    found = summary(SETTING, tabulate(results))
    assert (found["lost"], found["score"]) == (1, 0.5)
    assert found["score_without_lost"] == pytest.approx(2 / 3)


def test_the_average_over_kinds_weighs_kinds_and_not_episodes() -> None:
    results = [result(Case("mail", i), TRUE) for i in range(9)]
    table = tabulate([*results, result(Case("shop", 1), FALSE)])
    assert (table.total.rate, table.macro) == (0.9, 0.5)


@pytest.mark.parametrize("name", ["practice", "phone", "miniwob"])
def test_a_share_is_the_same_command_for_one_process(name: str, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    bench.add(parser)
    asked = parser.parse_args([name, "--jobs", "2"])
    share = parser.parse_args([*words(asked, tmp_path)[4:], "--part", "1/2"])
    same = vars(asked) | {"jobs": 1, "part": "1/2", "out": str(tmp_path)}
    assert vars(share) == same


def test_a_share_that_cannot_be_begun_is_an_error() -> None:
    begun(0)
    begun(-9)
    with pytest.raises(UserError, match="refused"):
        begun(2)


def test_what_a_recipe_teaches_is_told_apart_from_the_rest() -> None:
    kinds, ends = ("a", "a", "b", "c"), (TRUE, FALSE, TRUE, FALSE)
    rows = [
        result(Case(kind, i), end) for i, (kind, end) in enumerate(zip(kinds, ends, strict=True))
    ]
    found = summary(SETTING, tabulate(rows, taught=("a", "z")))
    assert found["taught"] == {"kinds": 1, "macro_rate": 0.5}
    assert found["others"] == {"kinds": 2, "macro_rate": 0.5}
    assert "taught" not in summary(SETTING, tabulate(rows))


def test_a_stopped_run_goes_on_where_it_left_off(tmp_path: Path) -> None:
    first = Player(TRUE, LOST)
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(run_benchmark(CASES, first, Journal(tmp_path, SETTING)))
    again = Player(TRUE, TRUE, TRUE)
    journal = Journal(tmp_path, SETTING)
    list(run_benchmark(CASES, again, journal))
    assert again.played == CASES[1:], "what was lost to the machine is played again"
    assert tabulate(journal.results()).total.verified == 4


def test_a_half_last_line_is_played_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SETTING)
    list(run_benchmark(CASES, Player(TRUE, TRUE, TRUE, TRUE), journal))
    journal.file.write_bytes(journal.file.read_bytes()[:-9])
    again = Player(FALSE)
    list(run_benchmark(CASES, again, Journal(tmp_path, SETTING)))
    assert again.played == CASES[-1:]


@pytest.mark.parametrize("field", ["model", "profile", "dialect", "version", "benchmark"])
def test_results_of_something_else_are_not_mixed_in(tmp_path: Path, field: str) -> None:
    Journal(tmp_path, SETTING)
    with pytest.raises(UserError, match="choose another --out"):
        Journal(tmp_path, SETTING.model_copy(update={field: "other"}))


def test_results_under_other_rules_are_not_mixed_in(tmp_path: Path) -> None:
    Journal(tmp_path, SETTING.model_copy(update={"protocol": {"scale": 3.0, "steps": 10}}))
    Journal(tmp_path, SETTING.model_copy(update={"protocol": {"scale": 3.0, "steps": 10}}))
    with pytest.raises(UserError, match="choose another --out"):
        Journal(tmp_path, SETTING.model_copy(update={"protocol": {"scale": 4.0, "steps": 10}}))


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text("my notes")
    with pytest.raises(UserError, match="no journal"):
        Journal(tmp_path, SETTING)
    assert (tmp_path / "results.jsonl").read_text() == "my notes"


def test_nothing_played_is_no_success() -> None:
    found = summary(SETTING, tabulate([]))
    assert (found["score"], found["interval"]) == (0.0, [0.0, 1.0])


def test_repeats_tell_their_spread_and_what_holds_every_time(tmp_path: Path) -> None:
    cases = [case._replace(repeat=n) for n in range(2) for case in CASES]
    journal = Journal(tmp_path, SETTING)
    ends = [TRUE, FALSE, TRUE, TRUE, TRUE, TRUE, FALSE, FALSE]
    list(run_benchmark(cases, Player(*ends), journal))
    found = summary(SETTING, tabulate(journal.results()))
    assert found["n"] == 8
    assert found["repeats"] == {
        "k": 2, "mean": pytest.approx(0.625), "spread": pytest.approx(0.125 * 2**0.5),
        "always": 0.25,
    }  # fmt: skip
    again = Player()
    list(run_benchmark(cases, again, Journal(tmp_path, SETTING)))
    assert not again.played


def test_shares_of_a_cluster_come_home_once(tmp_path: Path) -> None:
    whole = Journal(tmp_path / "whole", SETTING)
    list(run_benchmark(CASES, Player(TRUE, FALSE, UNCLAIMED, TRUE), whole))
    first, *lines = whole.file.read_bytes().splitlines(keepends=True)
    home = tmp_path / "home" / "results.jsonl"
    bring_home(first + lines[0], b"", home)
    bring_home(first + lines[1] + lines[2][:-5], b"", home)
    bring_home(b"", b"", home)
    bring_home(first + lines[0] + lines[3], first + lines[0], home)
    assert [found.case for found in Journal(home.parent, SETTING).results()] == [
        CASES[0], CASES[1], CASES[3],
    ]  # fmt: skip
