"""A Qwen-VL checkpoint in this process, computing only what is new: the fast path.

Transformers' modules, our own loop around them. What the last step left (keys and values of the
conversation, features of its pictures) stays; a step encodes the new screenshot, prefills what
comes after the common start, and writes with guesses that it checks. Greedy replies equal those
of the plain path token for token; a test compares them.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ...actions.errors import OutOfMemory
from ...actions.messages import Image, Message, Sampling
from ...actions.types import Size
from ..base import Reply
from ..local import LocalModel, cut, threads
from ..patches import fold_patches, raw_patches
from ..weights import CURE, out_of_memory
from .attention import SHARED_HEADS, WINDOWED, register
from .choice import Chooser
from .drafts import Drafts
from .kept import cut_back, kept_cache
from .stream import Grid, positions, runs, shared, to_stream

Key = tuple[bytes, Size]
"""A picture, and the size it is seen at: the same bytes at the same size are the same picture."""
GUESSED = 10
"""Tokens guessed at once; a longer guess is rarely right to its end."""


@dataclass(frozen=True)
class Features:
    """What the language side gets of a picture: [cells, width], and the deep ones by layer."""

    grid: Grid
    cells: Tensor
    deep: tuple[Tensor, ...] = ()
    """DeepStack (Qwen3-VL): added to the first language layers at the picture's positions."""


@dataclass
class Work:
    """What one reply cost so far."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    passes: int = 0
    encoded: int = 0
    cached: int = 0

    @contextmanager
    def clock(self, phase: str) -> Generator[None]:
        """Add a block's time to a phase."""
        began = time.perf_counter()
        yield
        self.seconds[phase] = self.seconds.get(phase, 0.0) + time.perf_counter() - began


class EngineModel(LocalModel):
    """Like LocalModel, with what a step computed kept for the next; `guesses` 0 writes without."""

    def __init__(
        self, name: str = "qvl-mini", *, device: str | None = None, dtype: str | None = None,
        guesses: int = GUESSED,
    ) -> None:  # fmt: skip
        super().__init__(name, device=device, dtype=dtype)
        register()
        self.net.set_attn_implementation({"vision_config": WINDOWED, "text_config": SHARED_HEADS})
        fold_patches(self.net, self.settings)
        self.drafts = Drafts(guesses)
        self.ahead: tuple[Key, Future[Features]] | None = None
        self.helper = ThreadPoolExecutor(1, "qvl-foresee")
        self.forget()

    def forget(self) -> None:
        """Drop what earlier conversations left; the next reply depends on its prompt alone.

        To the last bit: in 16 bits, a sum over a kept part and one over the whole may round apart.
        """
        self.drafts.forget()
        self.cache = kept_cache()
        self.stream: list[int] = []
        self.numbers: dict[Key, int] = {}
        self.features: dict[int, Features] = {}
        self.shown_before = 0

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The next assistant turn; ModelError when memory runs out or the prompt is too long."""
        try:
            with torch.inference_mode(), threads(self.placement.threads):
                return self.answered(messages, sampling)
        except (RuntimeError, MemoryError) as error:
            self.forget()
            if not out_of_memory(error):
                raise
            raise OutOfMemory(f"out of memory on {self.placement.device}; {CURE}") from error

    def answered(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The reply with its cost; the cache afterwards holds the conversation up to its end."""
        work = Work()
        numbers = self.look(messages, work)
        with work.clock("preprocess"):
            cells = [self.features[n].grid.cells for n in numbers]
            ids = self.prompt.encode(messages, cells, sampling.thinking, self.said)
            self.check_length(len(ids))
            stream = to_stream(ids, self.prompt.picture, numbers, cells)
        with work.clock("prefill"):
            logits = self.prefill(stream, work)
            self.drafts.start(stream)
        with work.clock("decode"):
            said = self.write(logits, Chooser(self.net.generation_config, sampling, ids), work)
        self.drafts.keep(said)
        return self.told(said, len(ids), sampling, work)

    def told(self, said: list[int], start: int, sampling: Sampling, work: Work) -> Reply:
        """The reply in words, remembered by them."""
        text = cut(self.tokenizer.decode(said, skip_special_tokens=True), sampling.stop)
        self.remember(text, said)
        over = said[-1] in self.ends or any(word in text for word in sampling.stop)
        return Reply(
            text=text, tokens_in=start, tokens_out=len(said), cached_tokens=work.cached,
            seconds=work.seconds, finish_reason="stop" if over else "length",
            passes=work.passes, encoded=work.encoded,
        )  # fmt: skip

    def look(self, messages: Sequence[Message], work: Work) -> list[int]:
        """Numbers of the pictures in their order; each one is encoded when it is first seen.

        A picture that is in the conversation no more is forgotten.
        """
        pictures = [part for m in messages for part in m.parts if isinstance(part, Image)]
        keys = [(picture.png, picture.seen) for picture in pictures]
        for key, picture in zip(keys, pictures, strict=True):
            if key not in self.numbers:
                self.shown_before += 1
                self.numbers[key] = -self.shown_before
                self.features[-self.shown_before] = self.foreseen(key, work) or self.encode(
                    picture, work
                )
        self.ahead = None
        self.numbers = {key: self.numbers[key] for key in keys}
        self.features = {number: self.features[number] for number in self.numbers.values()}
        return [self.numbers[key] for key in keys]

    def foresee(self, picture: Image) -> None:
        """Begin to encode a picture that may be asked about; wrong guesses are thrown away.

        Not where a picture takes much longer than a screen takes to come to rest: what is begun
        cannot be stopped, and the right picture would have to wait for it.
        """
        key = (picture.png, picture.seen)
        slow = self.placement.device == "cpu" and not self.placement.threads
        if slow or key in self.numbers or (self.ahead and self.ahead[0] == key):
            return
        if self.ahead:
            self.ahead[1].cancel()
        self.ahead = key, self.helper.submit(self.encode_alone, picture)

    def encode_alone(self, picture: Image) -> Features:
        """Encode in a thread of its own: modes and numbers of threads are kept by thread."""
        with torch.inference_mode(), threads(self.placement.threads):
            return self.encode(picture, Work())

    def foreseen(self, key: Key, work: Work) -> Features | None:
        """What was begun with, if it is this picture; waits until it is done."""
        if self.ahead is None or self.ahead[0] != key:
            return None
        with work.clock("encode"):
            work.encoded += 1
            return self.ahead[1].result()

    def encode(self, picture: Image, work: Work) -> Features:
        """One picture through the vision tower."""
        with work.clock("preprocess"):
            cells, (time_, rows, columns) = raw_patches(picture, self.settings)
            pixels = torch.from_numpy(cells).to(self.net.device)
        with work.clock("encode"):
            grid = torch.tensor([[time_, rows, columns]])
            seen = self.net.model.get_image_features(
                pixels.flatten(1), grid.to(self.net.device), return_dict=True
            )
            deep = tuple(layer[0] for layer in getattr(seen, "deepstack_features", None) or ())
            work.encoded += 1
            merge = self.settings.merge
            return Features(Grid(rows // merge, columns // merge), seen.pooler_output[0], deep)

    def prefill(self, stream: list[int], work: Work) -> Tensor:
        """Run what is new in this row; logits [1, vocabulary] behind its last symbol."""
        # The last symbol is always run: its logits are what the reply begins with.
        held = min(shared(self.stream, stream), len(stream) - 1)
        cut_back(self.cache, held)
        work.cached = held
        # Only what is known to be held counts: a run may be interrupted between two layers.
        self.stream = stream[:held]
        grids = {number: found.grid for number, found in self.features.items()}
        self.places = positions(stream, grids)
        logits = self.run(stream[held:], torch.from_numpy(self.places[:, held:]), 1)
        self.stream = stream
        return logits

    def write(self, logits: Tensor, chooser: Chooser, work: Work) -> list[int]:
        """Tokens of the reply: the network's own choice at every position, guesses or not."""
        said = [chooser.choose(logits[0])]
        next_place = int(self.places.max()) + 1
        work.passes = 1
        while not self.over(said, chooser.sampling):
            self.drafts.extend(said[-1:])
            guess = self.drafts.guess(chooser.sampling.max_tokens - len(said) - 1)
            held = len(self.stream)
            row = [said[-1], *guess]
            places = torch.arange(next_place, next_place + len(row)).expand(3, -1)
            logits = self.run(row, places, len(row))
            right = self.check(guess, logits, said, chooser)
            work.passes += 1
            self.stream += row[: right + 1]
            next_place += right + 1
            cut_back(self.cache, held + right + 1)
        return said

    def check(self, guess: list[int], logits: Tensor, said: list[int], chooser: Chooser) -> int:
        """Append the network's choices while they agree with the guess; how many did."""
        for right, scores in enumerate(logits):
            said.append(chooser.choose(scores))
            agrees = right < len(guess) and said[-1] == guess[right]
            if not agrees or self.over(said, chooser.sampling):
                return right
            self.drafts.extend(said[-1:])
        return len(guess)

    def over(self, said: list[int], sampling: Sampling) -> bool:
        """Whether a reply is at its end: an ending token, a stop string, or the most tokens."""
        if said[-1] in self.ends or len(said) >= sampling.max_tokens:
            return True
        if not sampling.stop:
            return False
        # A token is a byte at least, so no stop string takes more tokens than its bytes.
        longest = max(len(word.encode()) for word in sampling.stop)
        text = self.tokenizer.decode(said[-longest:], skip_special_tokens=True)
        return any(word in text for word in sampling.stop)

    def run(self, row: list[int], places: Tensor, keep: int) -> Tensor:
        """Run symbols behind the kept ones; `places` int64 [3, n]; logits of the last `keep`."""
        device = self.net.device
        symbols = torch.tensor([row], device=device)
        seen = symbols < 0
        embeds = self.net.get_input_embeddings()(symbols.clamp(min=0))
        extra: dict[str, Any] = {}
        if shown := self.shown(row):
            embeds[seen] = torch.cat([one.cells for one in shown]).to(embeds.dtype)
            if shown[0].deep:
                layers = zip(*(one.deep for one in shown), strict=True)
                extra["deepstack_visual_embeds"] = [torch.cat(layer) for layer in layers]
                extra["visual_pos_masks"] = seen
        hidden = self.net.model.language_model(
            inputs_embeds=embeds, position_ids=places[:, None].to(device),
            past_key_values=self.cache, use_cache=True, **extra,
        ).last_hidden_state  # fmt: skip
        return self.net.lm_head(hidden[0, -keep:]).float()

    def shown(self, row: list[int]) -> list[Features]:
        """The pictures of a row in their order, as often as they are shown."""
        found = ((self.features[n], length) for n, length in runs(row) if n < 0)
        return [one for one, length in found for _ in range(length // one.grid.cells)]

    def close(self) -> None:
        """Let the weights go."""
        self.helper.shutdown(cancel_futures=True)
        self.forget()
        super().close()
