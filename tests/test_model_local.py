"""A checkpoint in this process answers exactly as plain transformers does."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path

import pytest

from conversations import ARCHITECTURES, conversation, plain_transformers, screen
from qvl_agent.actions.errors import ModelError
from qvl_agent.actions.messages import Image, Message, Sampling
from qvl_agent.model.base import Reply
from qvl_agent.model.checkpoint import MODEL_TYPES
from qvl_agent.model.local import LocalModel
from qvl_agent.model.mini import FOLDERS, checkpoint_path
from qvl_agent.model.toy import write_toy

torch = pytest.importorskip("torch", reason="the model packages are not installed")

TEXT = [Message("system", ("Be brief.",)), Message("user", ("Say something.",))]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("toy"), seed=3)


@pytest.fixture(scope="module")
def model(toy: Path) -> LocalModel:
    return LocalModel(str(toy), dtype="float32")


def test_every_architecture_that_is_run_is_compared() -> None:
    assert set(ARCHITECTURES) == set(MODEL_TYPES)


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_greedy_replies_equal_plain_transformers_token_for_token(
    model_type: str, tmp_path: Path
) -> None:
    folder = write_toy(tmp_path, seed=5, model_type=model_type)
    messages = conversation(folder)
    want = plain_transformers(folder, ARCHITECTURES[model_type], messages, 24)
    ours = LocalModel(str(folder), dtype="float32", device="cpu")
    reply = ours.generate(messages, Sampling(max_tokens=24))
    assert reply.tokens_out == len(want)
    assert reply.text == ours.tokenizer.decode(want, skip_special_tokens=True)
    assert len(set(want)) > 5, "a reply of one repeated token would prove nothing"


@pytest.mark.parametrize("name", FOLDERS)
def test_qvl_mini_equals_plain_transformers_token_for_token(name: str) -> None:
    folder = checkpoint_path(name)
    messages = conversation(folder)
    want = plain_transformers(folder, ARCHITECTURES["qwen2_5_vl"], messages, 24)
    ours = LocalModel(name, dtype="float32", device="cpu")
    reply = ours.generate(messages, Sampling(max_tokens=24))
    assert reply.text == ours.tokenizer.decode(want, skip_special_tokens=True)
    assert reply.tokens_out == len(want)


def test_the_reply_depends_on_the_picture(model: LocalModel) -> None:
    def ask(seed: int) -> Reply:
        parts = (screen(model.folder, 100, 100, seed), "What is it?")
        return model.generate([Message("user", parts)], Sampling(max_tokens=12))

    assert ask(0).text == ask(0).text
    assert len({ask(seed).text for seed in range(4)}) > 1


def test_a_conversation_without_pictures_is_answered(model: LocalModel) -> None:
    assert model.generate(TEXT, Sampling(max_tokens=5)).tokens_out <= 5


def test_the_cost_of_a_reply_is_told(model: LocalModel) -> None:
    messages = conversation(model.folder)
    reply = model.generate(messages, Sampling(max_tokens=6))
    pictures = [p for m in messages for p in m.parts if isinstance(p, Image)]
    cells = sum(p.seen.width * p.seen.height // 28**2 for p in pictures)
    assert cells < reply.tokens_in < cells + 200
    assert set(reply.seconds) == {"preprocess", "prefill", "decode"}
    assert all(seconds >= 0 for seconds in reply.seconds.values())


def long_reply(model: LocalModel) -> tuple[list[Message], str]:
    """A conversation whose greedy reply is long, and the reply."""
    for seed in range(30):
        messages = [Message("user", (screen(model.folder, 84, 84, seed), "Go on."))]
        reply = model.generate(messages, Sampling(max_tokens=40))
        if reply.finish_reason == "length" and len(reply.text) > 20:
            return messages, reply.text
    raise AssertionError("the toy never says anything long")


def test_a_reply_that_runs_out_of_tokens_says_so(model: LocalModel) -> None:
    messages, text = long_reply(model)
    reply = model.generate(messages, Sampling(max_tokens=10))
    assert (reply.finish_reason, reply.tokens_out) == ("length", 10)
    assert text.startswith(reply.text.rstrip("\ufffd"))


def test_a_reply_that_ends_by_itself_says_so(model: LocalModel) -> None:
    # With every token an end, the first one is.
    ends = model.net.generation_config.eos_token_id
    model.net.generation_config.eos_token_id = list(range(model.net.config.text_config.vocab_size))
    try:
        reply = model.generate(TEXT, Sampling(max_tokens=10))
    finally:
        model.net.generation_config.eos_token_id = ends
    assert (reply.finish_reason, reply.tokens_out) == ("stop", 1)


def test_a_stop_string_ends_the_reply_and_stays_in_it(model: LocalModel) -> None:
    messages, text = long_reply(model)
    whole = "".join(character for character in text[:24] if character != "\ufffd")
    stop = next(whole[i : i + 2] for i in range(4, len(whole)) if whole[i : i + 2] in text)
    reply = model.generate(messages, Sampling(max_tokens=40, stop=("never this", stop)))
    assert reply.finish_reason == "stop"
    assert reply.text == text[: text.index(stop) + len(stop)]
    assert reply.tokens_out < 40


def test_sampling_draws_and_temperature_zero_does_not(model: LocalModel) -> None:
    def draw(temperature: float) -> set[str]:
        asked = Sampling(max_tokens=8, temperature=temperature)
        return {model.generate(TEXT, asked).text for _ in range(5)}

    assert len(draw(0.0)) == 1
    assert len(draw(2.0)) > 1


def test_a_checkpoints_own_way_of_drawing_does_not_join_in(tmp_path: Path) -> None:
    folder = write_toy(tmp_path, seed=3)
    # Left in force, min_p 1 would allow the likeliest token only.
    settings = json.loads((folder / "generation_config.json").read_text()) | {"min_p": 1.0}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    own = LocalModel(str(folder))
    asked = Sampling(max_tokens=8, temperature=2.0)
    assert len({own.generate(TEXT, asked).text for _ in range(5)}) > 1


def test_greedy_generation_is_silent(
    toy: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        fresh = LocalModel(str(toy))
        fresh.generate(TEXT, Sampling(max_tokens=4))
        fresh.generate(TEXT, Sampling(max_tokens=4, temperature=0.7, top_p=0.9))
    assert caplog.messages == []
    assert capfd.readouterr() == ("", "")


def test_the_patch_product_equals_the_convolution(model: LocalModel) -> None:
    proj = model.net.model.visual.patch_embed.proj
    cells = torch.randn(7, *proj.weight.shape[1:])
    with torch.inference_mode():
        ours = proj(cells)
        want = torch.nn.functional.conv3d(cells, proj.weight, stride=proj.stride)
    torch.testing.assert_close(ours.flatten(1), want.flatten(1), rtol=1e-5, atol=1e-5)


def test_a_prompt_that_is_too_long_is_the_models_error(model: LocalModel) -> None:
    with pytest.raises(ModelError, match="can read 4096"):
        model.generate([Message("user", ("x" * 5000,))], Sampling())


def test_torchs_threads_are_left_as_they_were(model: LocalModel) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        model.generate(TEXT, Sampling(max_tokens=2))
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_closing_twice_is_safe(toy: Path) -> None:
    fresh = LocalModel(str(toy))
    fresh.close()
    fresh.close()


def test_half_precision_answers_too(toy: Path) -> None:
    half = LocalModel(str(toy), dtype="bfloat16", device="cpu")
    assert half.net.dtype == torch.bfloat16
    assert half.generate(conversation(toy), Sampling(max_tokens=4)).tokens_out > 0
