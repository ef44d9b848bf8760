"""The engine computes only what is new, and says what plain transformers says."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conversations import ARCHITECTURES, conversation, plain_transformers, screen
from qvl_agent.actions.errors import OutOfMemory
from qvl_agent.actions.messages import Image, Message, Sampling
from qvl_agent.model.base import Reply
from qvl_agent.model.checkpoint import MODEL_TYPES
from qvl_agent.model.local import LocalModel
from qvl_agent.model.mini import checkpoint_path
from qvl_agent.model.toy import write_toy

torch = pytest.importorskip("torch", reason="the model packages are not installed")

from qvl_agent.model.engine.attention import FEW, shared_heads, windowed  # noqa: E402
from qvl_agent.model.engine.choice import Chooser  # noqa: E402
from qvl_agent.model.engine.drafts import Drafts  # noqa: E402
from qvl_agent.model.engine.kept import cut_back, kept_cache  # noqa: E402
from qvl_agent.model.engine.loop import EngineModel  # noqa: E402
from qvl_agent.model.engine.stream import Grid, positions, shared, to_stream  # noqa: E402
from qvl_agent.model.patches import patches, raw_patches, read_settings  # noqa: E402

FOLD_AT = (7, 14)
KEPT_TURNS = 3


def episode(folder: Path, steps: int) -> Generator[list[Message], str]:
    """Conversations of a growing run; the reply comes back by `send`. History is folded twice."""
    messages = [Message("system", ("Use the tool.",))]
    for step in range(steps):
        if step in FOLD_AT:
            told = Message("user", (f"You did {step - KEPT_TURNS} steps.",))
            messages = [messages[0], told, *messages[-2 * KEPT_TURNS :]]
        picture = screen(folder, 150 + 28 * (step % 3), 100, step)
        messages.append(Message("user", (f"Step {step}: ", picture, " and now?")))
        reply = yield list(messages)
        messages.append(Message("assistant", (reply,)))


def play(model: LocalModel, folder: Path, steps: int) -> list[tuple[list[Message], Reply]]:
    run = episode(folder, steps)
    told: list[tuple[list[Message], Reply]] = []
    messages = next(run)
    while True:
        reply = model.generate(messages, Sampling(max_tokens=16))
        told.append((messages, reply))
        try:
            messages = run.send(reply.text)
        except StopIteration:
            return told


def tokens(model: LocalModel, reply: Reply) -> tuple[str, int, int]:
    return reply.text, reply.tokens_in, reply.tokens_out


@pytest.mark.parametrize("guesses", [0, 10])
@pytest.mark.parametrize("kind", [*MODEL_TYPES, "qvl-mini"])
def test_twenty_steps_equal_the_plain_path_with_history_folded(
    kind: str, guesses: int, tmp_path: Path
) -> None:
    folder = checkpoint_path() if kind == "qvl-mini" else write_toy(tmp_path, 5, kind)
    plain = LocalModel(str(folder), dtype="float32", device="cpu")
    fast = EngineModel(str(folder), dtype="float32", device="cpu", guesses=guesses)
    wanted, found = play(plain, folder, 20), play(fast, folder, 20)
    assert [tokens(plain, reply) for _, reply in wanted] == [
        tokens(fast, reply) for _, reply in found
    ]
    assert len({reply.text for _, reply in found}) > 10, "a constant reply would prove nothing"
    assert [reply.encoded for _, reply in found] == [1] * 20
    replies = [reply for _, reply in found]
    for step in set(range(1, 20)) - set(FOLD_AT):
        # All of the step before but its last token, which was chosen and not yet run.
        before = replies[step - 1]
        assert replies[step].cached_tokens == before.tokens_in + before.tokens_out - 1
    written = sum(reply.tokens_out for _, reply in found)
    passes = sum(reply.passes for _, reply in found)
    assert passes == written if guesses == 0 else passes < written


@pytest.mark.parametrize("kind", MODEL_TYPES)
def test_the_engine_equals_transformers_alone(kind: str, tmp_path: Path) -> None:
    folder = write_toy(tmp_path, seed=5, model_type=kind)
    messages = conversation(folder)
    want = plain_transformers(folder, ARCHITECTURES[kind], messages, 24)
    ours = EngineModel(str(folder), dtype="float32", device="cpu")
    ours.generate(messages, Sampling(max_tokens=24))
    reply = ours.generate(messages, Sampling(max_tokens=24))
    assert reply.text == ours.tokenizer.decode(want, skip_special_tokens=True)
    assert reply.tokens_out == len(want)
    assert (reply.encoded, reply.cached_tokens) == (0, reply.tokens_in - 1)
    assert reply.passes < reply.tokens_out, "the same reply again is guessed"


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> EngineModel:
    return EngineModel(
        str(write_toy(tmp_path_factory.mktemp("toy"), 3)), device="cpu", dtype="float32"
    )


def test_a_picture_that_left_the_conversation_is_let_go(fast: EngineModel) -> None:
    def ask(seed: int) -> Reply:
        parts = (screen(fast.folder, 100, 100, seed), "What is it?")
        return fast.generate([Message("user", parts)], Sampling(max_tokens=4))

    assert [ask(seed).encoded for seed in (0, 0, 1, 0)] == [1, 0, 1, 1]
    assert len(fast.features) == len(fast.numbers) == 1


def test_the_same_picture_twice_is_encoded_once(fast: EngineModel) -> None:
    picture = screen(fast.folder, 120, 90, 7)
    fast.forget()
    twice = [Message("user", (picture, picture, "Are these the same?"))]
    assert fast.generate(twice, Sampling(max_tokens=3)).encoded == 1


def test_a_reply_ends_at_a_stop_string_also_inside_a_guess(fast: EngineModel) -> None:
    messages = [Message("user", ("Say something.",))]
    whole = fast.generate(messages, Sampling(max_tokens=30))
    stop = whole.text[6:9]
    for _ in range(2):
        short = fast.generate(messages, Sampling(max_tokens=30, stop=(stop,)))
        assert short.text == whole.text[: whole.text.index(stop) + 3]
        assert short.finish_reason == "stop"
    again = fast.generate(messages, Sampling(max_tokens=30))
    assert again.text == whole.text, "what was guessed beyond the end must not stay"


def test_drawn_replies_differ_and_stay_within_the_nucleus(fast: EngineModel) -> None:
    messages = [Message("user", ("Say something.",))]
    greedy = fast.generate(messages, Sampling(max_tokens=12)).text
    drawn = Sampling(max_tokens=12, temperature=5.0)
    assert len({fast.generate(messages, drawn).text for _ in range(4)}) > 1
    narrow = Sampling(max_tokens=12, temperature=5.0, top_p=1e-9)
    assert fast.generate(messages, narrow).text == greedy


def test_a_replayed_reply_keeps_the_tokens_it_was_said_in(fast: EngineModel) -> None:
    ids = fast.tokenizer.encode("left", add_special_tokens=False)
    other = fast.tokenizer.encode("_click", add_special_tokens=False)
    said = {"left_click": [*ids, *other]}
    assert fast.tokenizer.encode("left_click", add_special_tokens=False) != said["left_click"]
    messages = [
        Message("user", ("Go.",)), Message("assistant", ("left_click",)), Message("user", ("On.",)),
    ]  # fmt: skip
    kept = fast.prompt.encode(messages, [], said=said)
    found = fast.prompt.encode(messages, [])
    at = next(i for i, (a, b) in enumerate(zip(kept, found, strict=False)) if a != b)
    assert kept[at : at + len(said["left_click"])] == said["left_click"]
    assert kept[at + len(said["left_click"]) :] == found[at + 1 :]


@pytest.mark.parametrize("text", [" left_click", "<think>a</think>left_click"])
def test_what_a_template_would_change_is_left_to_the_template(fast: EngineModel, text: str) -> None:
    messages = [
        Message("user", ("Go.",)), Message("assistant", (text,)), Message("user", ("On.",)),
    ]  # fmt: skip
    assert fast.prompt.encode(messages, [], said={text: [1, 2]}) == fast.prompt.encode(messages, [])


def test_raw_patches_normalised_are_the_reference_to_the_bit(fast: EngineModel) -> None:
    settings, picture = read_settings(fast.folder), screen(fast.folder, 333, 222)
    want, grid = patches(picture, settings)
    raw, raw_grid = raw_patches(picture, settings)
    assert raw_grid == grid
    frame = raw.astype("float32") * (1 / 255)
    frame = (frame - settings.mean) / settings.std
    one = want.reshape(len(want), 3, settings.temporal, settings.patch, settings.patch)
    assert abs(one[:, :, 0].transpose(0, 2, 3, 1) - frame).max() < 1e-6
    assert (one[:, :, 0] == one[:, :, 1]).all()


def test_folded_patch_weights_give_the_same_features(tmp_path: Path) -> None:
    for kind in MODEL_TYPES:
        folder = write_toy(tmp_path / kind, 1, kind)
        plain = LocalModel(str(folder), device="cpu", dtype="float32")
        picture = screen(folder, 200, 160)
        cells, grid = patches(picture, plain.settings)
        with torch.inference_mode():
            want = plain.net.model.get_image_features(
                torch.from_numpy(cells), torch.tensor([grid]), return_dict=True
            ).pooler_output[0]
        exact = features(EngineModel(str(folder), device="cpu", dtype="float32"), picture)
        short = features(EngineModel(str(folder), device="cpu", dtype="bfloat16"), picture)
        assert (want - exact).abs().max() < 1e-4 * want.std(), kind
        assert (want - short.float()).abs().max() < 0.1 * want.std(), kind


def features(model: EngineModel, picture: Image) -> Any:
    from qvl_agent.model.engine.loop import Work

    with torch.inference_mode():
        return model.encode(picture, Work()).cells


def test_windows_by_size_are_the_loop_over_windows_to_the_bit() -> None:
    draw = torch.Generator().manual_seed(0)
    ends = [0, 16, 32, 40, 56, 60, 68, 84]
    q, k, v = torch.randn(3, 1, 2, ends[-1], 8, generator=draw).unbind(0)
    got, _ = windowed(None, q, k, v, None, scaling=0.3, cu_seq_lens_q=torch.tensor(ends))
    for a, b in zip(ends[:-1], ends[1:], strict=True):
        want = torch.nn.functional.scaled_dot_product_attention(
            q[:, :, a:b], k[:, :, a:b], v[:, :, a:b], scale=0.3
        )
        assert torch.equal(got[:, a:b], want.transpose(1, 2))


def test_shared_heads_see_what_repeated_heads_see() -> None:
    draw = torch.Generator().manual_seed(0)
    q = torch.randn(1, 6, 5, 8, generator=draw)
    k, v = torch.randn(2, 1, 2, 9, 8, generator=draw).unbind(0)
    mask = torch.ones(5, 9, dtype=torch.bool).tril(4)[None, None]
    got, _ = shared_heads(None, q, k, v, mask, scaling=0.3)
    want = torch.nn.functional.scaled_dot_product_attention(
        q, k.repeat_interleave(3, 1), v.repeat_interleave(3, 1), attn_mask=mask, scale=0.3
    )
    assert (got - want.transpose(1, 2)).abs().max() < 1e-6
    assert FEW >= 10 + 1, "a guess and the token before it go this way"


def test_positions_are_those_of_transformers(tmp_path: Path) -> None:
    for kind in MODEL_TYPES:
        model = LocalModel(str(write_toy(tmp_path / kind, 1, kind)), device="cpu")
        inputs = model.inputs(conversation(model.folder))
        inputs.pop("pixel_values")
        want, _ = model.net.model.get_rope_index(**inputs)
        merge = model.settings.merge
        sizes = [Grid(h // merge, w // merge) for _, h, w in inputs["image_grid_thw"].tolist()]
        ids = inputs["input_ids"][0].tolist()
        stream = to_stream(ids, model.prompt.picture, [-1, -2], [size.cells for size in sizes])
        found = positions(stream, {-1: sizes[0], -2: sizes[1]})
        assert (want[:, 0].numpy() == found).all(), kind


def test_rows_are_shared_up_to_the_first_other_picture() -> None:
    assert shared([1, 2, -1, -1, 3], [1, 2, -2, -2, 3]) == 2
    assert shared([1, 2], [1, 2, 3]) == 2
    assert shared([], [1]) == 0


def test_kept_keys_grow_and_are_cut_back_without_a_copy() -> None:
    cache: Any = kept_cache()
    rows = torch.arange(12.0).reshape(1, 1, 6, 2)
    cache.update(rows[:, :, :4], rows[:, :, :4], 0)
    buffer = cache.layers[0].keys
    cut_back(cache, 2)
    keys, _ = cache.update(rows[:, :, 4:], rows[:, :, 4:], 0)
    assert keys[0, 0, :, 0].tolist() == [0, 2, 8, 10]
    assert cache.get_seq_length() == 4
    larger, _ = cache.update(torch.ones(1, 1, 3000, 2), torch.ones(1, 1, 3000, 2), 0)
    assert larger.shape[2] == 3004
    assert larger[0, 0, :4, 0].tolist() == [0, 2, 8, 10]
    assert cache.layers[0].keys is not buffer


def test_guesses_follow_the_latest_place_that_looked_the_same() -> None:
    drafts = Drafts(4)
    drafts.keep([7, 8, 9, 1, 2])
    drafts.start([5, 6, -1, -1, 7, 8, 3])
    drafts.extend([7, 8])
    assert drafts.guess(10) == [9, 1, 2, 7]
    assert drafts.guess(1) == [9]
    drafts.extend([4, 4])
    assert drafts.guess(10) == []
    assert Drafts(0).guess(5) == []


def test_the_penalty_for_repeating_is_that_of_transformers() -> None:
    from transformers import RepetitionPenaltyLogitsProcessor

    class Settings:
        repetition_penalty = 1.3

    scores = torch.randn(40, generator=torch.Generator().manual_seed(1))
    chooser = Chooser(Settings(), Sampling(), [3, 5, 5])
    want = RepetitionPenaltyLogitsProcessor(1.3)(torch.tensor([[3, 5, 5]]), scores[None].clone())
    assert torch.equal(chooser.penalised(scores), want[0])
    assert chooser.choose(scores) == int(want.argmax())
    assert int(want.argmax()) in chooser.used


def test_a_foreseen_picture_is_encoded_once_and_a_wrong_one_is_thrown_away(
    fast: EngineModel,
) -> None:
    right, wrong = (screen(fast.folder, 100, 100, seed) for seed in (21, 22))
    ask = [Message("user", (right, "What is it?"))]
    fast.forget()
    want = fast.generate(ask, Sampling(max_tokens=6))
    for seen in ((right,), (wrong,), (wrong, right), (right, right)):
        fast.forget()
        for picture in seen:
            fast.foresee(picture)
        found = fast.generate(ask, Sampling(max_tokens=6))
        assert (found.text, found.encoded) == (want.text, 1)
        assert len(fast.features) == 1
        assert fast.ahead is None


def test_a_picture_is_not_begun_with_where_it_would_take_long(fast: EngineModel) -> None:
    quick = fast.placement
    fast.placement = replace(quick, threads=0)
    try:
        fast.foresee(screen(fast.folder, 100, 100, 30))
        assert fast.ahead is None
    finally:
        fast.placement = quick


def test_a_reply_that_was_interrupted_leaves_an_engine_that_works(fast: EngineModel) -> None:
    ask = [Message("user", (screen(fast.folder, 150, 120, 40), "Say something."))]
    fast.forget()
    want = fast.generate(ask, Sampling(max_tokens=8)).text
    fast.forget()
    last = fast.net.model.language_model.layers[-1]

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    hook = last.register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        fast.generate(ask, Sampling(max_tokens=8))
    hook.remove()
    assert fast.generate(ask, Sampling(max_tokens=8)).text == want


def test_memory_that_runs_out_is_said_and_leaves_an_engine_that_works(fast: EngineModel) -> None:
    ask = [Message("user", ("Say something.",))]
    want = fast.generate(ask, Sampling(max_tokens=6)).text
    net = fast.net

    class Full:
        def __getattr__(self, name: str) -> Any:
            if name == "get_input_embeddings":
                raise torch.OutOfMemoryError("CUDA out of memory")
            return getattr(net, name)

    fast.net = Full()
    try:
        with pytest.raises(OutOfMemory, match="out of memory on cpu; close other programs"):
            fast.generate(ask, Sampling(max_tokens=6))
    finally:
        fast.net = net
    again = fast.generate(ask, Sampling(max_tokens=6))
    assert (again.text, again.cached_tokens) == (want, 0)
