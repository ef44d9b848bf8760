"""Device, precision and checkpoint follow from what is free, and the reason is told."""

from __future__ import annotations

import pytest

from qvl_agent.actions.errors import UserError
from qvl_agent.model.advise import CHECKPOINTS, advise, best, fits, precision
from qvl_agent.model.memory import Memory, bytes_needed, fast_bfloat16, free_memory, in_gb
from qvl_agent.model.place import SMALL, Room, choose, decide, processor

GB = 10**9
NEW_GPU = Room("cuda:0", 20 * GB, ("bfloat16",))
OLD_GPU = Room("cuda:0", 20 * GB, ("float16",))
CPU = Room("cpu", 32 * GB, ("float32", "bfloat16"))
QUICK_CPU = Room("cpu", 32 * GB, ("bfloat16", "float32"))
THREE, SEVEN = 3_754_622_976, 8_292_166_656


@pytest.mark.parametrize(
    ("rooms", "parameters", "where", "dtype", "words"),
    [
        ([NEW_GPU, CPU], SEVEN, "cuda:0", "bfloat16", "20 GB free"),
        ([OLD_GPU, CPU], SEVEN, "cuda:0", "float16", "quickest here"),
        ([Room("cuda:0", 4 * GB, ("bfloat16",)), QUICK_CPU], SEVEN, "cpu", "bfloat16", "32 GB"),
        ([CPU], THREE, "cpu", "float32", "quickest here"),
        ([CPU], SEVEN, "cpu", "bfloat16", "float32 does not fit"),
        ([QUICK_CPU], THREE, "cpu", "bfloat16", "quickest here"),
        ([QUICK_CPU], SMALL, "cpu", "bfloat16", "quickest here"),
    ],
)
def test_the_best_room_that_is_large_enough_is_taken(
    rooms: list[Room], parameters: int, where: str, dtype: str, words: str
) -> None:
    placement = decide(rooms, None, None, parameters)
    assert (placement.device, placement.dtype) == (where, dtype)
    assert words in placement.reason
    assert where in placement.reason
    assert dtype in placement.reason


def test_what_was_asked_for_is_taken_at_its_word() -> None:
    asked = decide([Room("cpu", GB, ("bfloat16",))], "cpu", "float32", SEVEN)
    assert (asked.device, asked.dtype) == ("cpu", "float32")
    assert asked.reason == "cpu (as asked), float32 as asked"


def test_only_a_small_checkpoint_on_a_processor_keeps_to_one_core() -> None:
    rooms = [QUICK_CPU, NEW_GPU]
    assert [decide([room], None, None, SMALL).threads for room in rooms] == [1, 0]
    assert [decide([room], None, None, THREE).threads for room in rooms] == [0, 0]


def test_an_asked_precision_moves_to_where_it_fits() -> None:
    assert decide([NEW_GPU, Room("cpu", 64 * GB, ())], None, "float32", SEVEN).device == "cpu"


def test_nothing_large_enough_is_said_with_the_sum() -> None:
    with pytest.raises(UserError, match="needs 81 GB and there is 20 GB free on cuda:0, 32 GB"):
        decide([NEW_GPU, CPU], None, None, 36_800_000_000)


def test_a_precision_that_does_not_exist_is_refused_with_the_list() -> None:
    with pytest.raises(UserError, match="int3 is no precision; use one of float32, bfloat16"):
        choose(None, "int3", 1)


def test_a_device_that_is_not_here_is_refused() -> None:
    pytest.importorskip("torch", reason="the model packages are not installed")
    with pytest.raises(UserError, match=r"cuda:99 cannot be used here .*--device"):
        choose("cuda:99", None, 1)
    with pytest.raises(UserError, match="warp-drive cannot be used here"):
        choose("warp-drive", None, 1)


def test_this_machine_has_a_place_for_a_small_checkpoint() -> None:
    pytest.importorskip("torch", reason="the model packages are not installed")
    placement = choose("cpu", None, 11_000_000)
    assert placement.device == "cpu"
    assert placement.dtype == ("bfloat16" if fast_bfloat16() else "float32")
    assert choose(None, None, 11_000_000).device in placement.reason or free_memory().gpu


def test_free_memory_is_less_than_all_of_it() -> None:
    free = free_memory()
    assert 0 < free.ram < 1 << 50
    assert str(free).startswith(in_gb(free.ram))


def test_memory_is_weights_and_working_room() -> None:
    assert bytes_needed(10 * GB, "bfloat16") == 22 * GB
    assert bytes_needed(1000, "float32") == 4000 + 256 * 2**20


@pytest.mark.parametrize(
    ("free", "name"),
    [
        (Memory(2 * GB), "qvl-mini"),
        (Memory(16 * GB), "Qwen/Qwen2.5-VL-3B-Instruct"),
        (Memory(256 * GB), "Qwen/Qwen2.5-VL-3B-Instruct"),
        (Memory(64 * GB, 6 * GB, "small"), "Qwen/Qwen2.5-VL-3B-Instruct"),
        (Memory(64 * GB, 24 * GB, "consumer"), "Qwen/Qwen2.5-VL-7B-Instruct"),
        (Memory(64 * GB, 80 * GB, "server"), "Qwen/Qwen2.5-VL-32B-Instruct"),
        (Memory(64 * GB, 192 * GB, "larger"), "Qwen/Qwen2.5-VL-72B-Instruct"),
    ],
)
def test_the_most_able_checkpoint_that_makes_sense_is_advised(free: Memory, name: str) -> None:
    advice = advise(free)
    assert advice.checkpoint.name == name
    assert fits(advice.checkpoint, free)
    assert advice.precision == precision(advice.checkpoint, free)
    assert advice.command.startswith("qvl-agent run")
    assert name == "qvl-mini" or f"--model {name}" in advice.command
    assert name.rpartition("/")[2] in advice.why


def test_what_is_slow_without_a_gpu_is_called_so() -> None:
    assert "slow without a GPU" in advise(Memory(16 * GB)).why
    assert "slow" not in advise(Memory(16 * GB, 24 * GB, "consumer")).why


def test_a_machine_for_nothing_else_is_told_what_the_smallest_needs() -> None:
    assert best(Memory(2 * GB)) is None
    assert "needs 8.3 GB" in advise(Memory(2 * GB)).why


def test_checkpoints_come_from_the_least_to_the_most_able() -> None:
    sizes = [checkpoint.parameters for checkpoint in CHECKPOINTS]
    assert sizes == sorted(sizes)


def test_every_checkpoints_dialect_exists() -> None:
    from qvl_agent.actions.dialects.registry import by_name

    assert [by_name(c.dialect).name for c in CHECKPOINTS] == [c.dialect for c in CHECKPOINTS]


def test_a_processor_is_given_both_precisions() -> None:
    assert sorted(processor(GB).fast) == ["bfloat16", "float32"]
