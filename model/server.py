"""A model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, LM Studio, Ollama.

The picture is sent at the size that the dialect decided, so that nothing is left for the server to
resize, and as the same bytes each time, so that its prefix cache holds. Sampling and stop strings
are the dialect's.
"""

from __future__ import annotations

import base64
import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, cast
from urllib.parse import urldefrag

from ..actions.dialects.base import ResizeRule
from ..actions.errors import ModelError, UserError
from ..actions.messages import Image, Message, Sampling
from .base import Reply

KEY = "QVL_AGENT_API_KEY"
"""Environment variable with the server's token, where it wants one."""
SMALLEST_CELL = 32 * 32
"""Pixels behind one picture token of the families that have the fewest tokens."""
KEPT = 64
RETRIES = 3
MOST_BYTES = 1 << 26
"""Of an answer; a reply of thousands of words takes some kilobytes."""


class ServerModel:
    """A model at `http://host:port/v1`, or `…/v1#name` where the server has several.

    UserError when the address or the name is wrong, ModelError when it cannot answer.
    """

    def __init__(self, url: str, *, deadline: float = 180.0) -> None:
        from openai import DefaultHttpxClient, OpenAI

        self.url, wanted = urldefrag(url)
        # The transport tries again, with growing pauses, when no connection can be made; what a
        # server has answered, or may have begun to answer, is never asked twice.
        self._client = OpenAI(
            base_url=self.url, api_key=os.environ.get(KEY) or "none", timeout=deadline,
            max_retries=0, http_client=DefaultHttpxClient(
                transport=_transport(deadline), follow_redirects=False
            ),
        )  # fmt: skip
        self.deadline = deadline
        self._urls: dict[tuple[int, Any], str] = {}
        self.rule: ResizeRule | None = None
        """The picture limits of the checkpoint, where the server tells them (`qvl-agent serve`)."""
        self._checked = False
        """Whether a picture was seen to arrive; later counts may leave out what a cache held."""
        self.name = self._pick(wanted)

    def _pick(self, wanted: str) -> str:
        listed: Any = _asked(self, self._client.models.list)
        data: Any = getattr(listed, "data", None)
        if not isinstance(data, list):
            raise ModelError(nonsense(self.url))
        entries: dict[str, Any] = {entry.id: entry for entry in cast("list[Any]", data)}
        known = list(entries)
        name = wanted or (known[0] if len(known) == 1 else "")
        if name and (name in entries or not known):
            self.rule = told_rule(entries.get(name))
            return name
        names = ", ".join(known[:12]) or "none"
        cause = f"has no model {wanted!r}" if wanted else f"has {len(known)} models"
        raise UserError(f"the server at {self.url} {cause}; name one as {self.url}#NAME: {names}")

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The next assistant turn; ModelError names what the server made of the question."""
        began = time.perf_counter()
        told = [self._told(message) for message in messages]
        ready = time.perf_counter()
        create: Any = self._client.chat.completions.create
        how = drawing(sampling, goes_on=messages[-1].role == "assistant")
        made = _asked(self, partial(create, model=self.name, messages=told, **how))
        ended = time.perf_counter()
        choice, usage = chosen(self.url, made), getattr(made, "usage", None)
        tokens_in = count(usage, "prompt_tokens")
        if not self._checked:
            self._see(messages, tokens_in)
        return Reply(
            text=whole(choice.message, sampling.stop if choice.finish_reason == "stop" else ()),
            tokens_in=tokens_in,
            tokens_out=count(usage, "completion_tokens"),
            cached_tokens=count(getattr(usage, "prompt_tokens_details", None), "cached_tokens"),
            seconds={"preprocess": ready - began, "request": ended - ready},
            finish_reason="length" if choice.finish_reason == "length" else "stop",
        )

    def _told(self, message: Message) -> Any:
        if not any(isinstance(part, Image) for part in message.parts):
            return {"role": message.role, "content": "".join(map(str, message.parts))}
        parts = [
            {"type": "image_url", "image_url": {"url": self._data_url(part)}}
            if isinstance(part, Image) else {"type": "text", "text": part}
            for part in message.parts
        ]  # fmt: skip
        return {"role": message.role, "content": parts}

    def _data_url(self, image: Image) -> str:
        """The picture as the model sees it; made once, so the same bytes in each turn."""
        key = (hash(image.png), image.seen)
        if key not in self._urls:
            while len(self._urls) >= KEPT:
                del self._urls[next(iter(self._urls))]
            self._urls[key] = "data:image/png;base64," + base64.b64encode(resized(image)).decode()
        return self._urls[key]

    def _see(self, messages: Sequence[Message], tokens_in: int) -> None:
        """ModelError when the prompt was too short to hold the pictures that were sent."""
        pixels = sum(
            p.seen.width * p.seen.height for m in messages for p in m.parts if isinstance(p, Image)
        )
        if tokens_in and tokens_in < pixels // SMALLEST_CELL:
            raise ModelError(
                f"the server at {self.url} dropped the picture: its prompt had {tokens_in} tokens,"
                f" and the picture alone takes {pixels // SMALLEST_CELL} or more; serve the model"
                " with its vision part (llama.cpp: --mmproj)"
            )
        self._checked = pixels > 0

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()


def told_rule(entry: Any) -> ResizeRule | None:
    """The `resize` of a server's model entry: factor, least and most pixels; None without one."""
    told: object = getattr(entry, "resize", None)
    if not isinstance(told, list) or len(cast("list[object]", told)) != 3:
        return None
    numbers = [n for n in cast("list[object]", told) if isinstance(n, int) and 0 < n < 1 << 40]
    return ResizeRule(*numbers) if len(numbers) == 3 and numbers[0] <= 256 else None


def chosen(url: str, made: Any) -> Any:
    """The answer's first choice, which holds a message; the client takes whatever JSON there is."""
    choices: Any = getattr(made, "choices", None)
    if choices is None or choices == []:
        raise ModelError(f"the server at {url} answered without a choice; look into its log")
    first: Any = cast("list[Any]", choices)[0] if isinstance(choices, list) else None
    if not isinstance(getattr(getattr(first, "message", None), "content", 0), str | None):
        raise ModelError(nonsense(url))
    return first


def count(told: Any, name: str) -> int:
    """A number that a server tells; 0 when it tells none."""
    found: object = getattr(told, name, None)
    return found if isinstance(found, int) and found >= 0 else 0


def nonsense(url: str) -> str:
    """What is said of an answer in no known form."""
    return f"the server at {url} made no sense; is it an OpenAI-compatible one (…/v1)?"


def _transport(deadline: float) -> Any:
    """A connection whose answers end in time: the client's own timeout begins anew at each byte."""
    from httpx2 import HTTPTransport, ReadTimeout, Request, Response, SyncByteStream

    class Bounded(SyncByteStream):
        def __init__(self, body: Any, until: float) -> None:
            self.body, self.until = body, until

        def __iter__(self) -> Iterator[bytes]:
            taken = 0
            for piece in self.body:
                taken += len(piece)
                if time.monotonic() > self.until or taken > MOST_BYTES:
                    raise ReadTimeout("the answer does not end")
                yield piece

        def close(self) -> None:
            self.body.close()

    class Timed(HTTPTransport):
        def handle_request(self, request: Request) -> Response:
            until = time.monotonic() + deadline
            response = super().handle_request(request)
            response.stream = Bounded(response.stream, until)
            return response

    return Timed(retries=RETRIES)


def resized(image: Image) -> bytes:
    """PNG bytes at the size that the model sees; the screenshot's own where that is its size."""
    if image.seen == image.size:
        return image.png
    from PIL import Image as Picture

    from .patches import pixels

    out = io.BytesIO()
    Picture.fromarray(pixels(image)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def drawing(sampling: Sampling, goes_on: bool = False) -> dict[str, Any]:
    """Sampling in the words of the protocol; the rest as vLLM and SGLang take it.

    `goes_on` says that the last message is the beginning of the reply.
    """
    options: dict[str, Any] = {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if sampling.stop:
        options["stop"] = list(sampling.stop)
    extra: dict[str, Any] = {}
    if sampling.thinking is not None:
        extra["chat_template_kwargs"] = {"enable_thinking": sampling.thinking}
    if goes_on:
        extra |= {"continue_final_message": True, "add_generation_prompt": False}
    return options | ({"extra_body": extra} if extra else {})


def whole(message: Any, stop: tuple[str, ...]) -> str:
    """The reply as the model wrote it: thoughts that the server took out are put back in front.

    A stop string is not part of what a server returns, but of what dialects read.
    """
    thoughts = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)
    text = message.content or ""
    text += next((word for word in stop if opened(text, word)), "")
    return f"<think>\n{str(thoughts).strip()}\n</think>\n\n{text}" if thoughts else text


def opened(text: str, end: str) -> bool:
    """Whether a closing tag is all that a text lacks."""
    start = end.replace("</", "<", 1)
    return end.startswith("</") and text.count(start) == text.count(end) + 1


def _asked(model: ServerModel, question: Callable[[], Any]) -> Any:
    """The answer to a call of the client; each failure as one line with its cure."""
    import openai

    try:
        return question()
    except openai.APITimeoutError as error:
        raise ModelError(
            f"the server at {model.url} did not answer in {model.deadline:.0f} s; look into its"
            " log, or give it less to do"
        ) from error
    except openai.APIConnectionError as error:
        raise ModelError(_cut_off(model.url, error.__cause__)) from error
    except openai.APIStatusError as error:
        raise ModelError(_refused(model.url, error.status_code, _detail(error))) from error
    except (openai.OpenAIError, ValueError) as error:
        # ValueError: the client reads what claims to be JSON without looking.
        raise ModelError(nonsense(model.url)) from error


def _cut_off(url: str, cause: BaseException | None) -> str:
    """Whether nobody was there, or somebody hung up."""
    from httpx2 import ConnectError, RemoteProtocolError

    if isinstance(cause, ConnectError):
        return f"no server answers at {url}; start it, or correct the address"
    how = "hung up" if isinstance(cause, RemoteProtocolError) else "went away"
    return f"the server at {url} {how} in the middle of its answer; look into its log"


def _detail(error: Any) -> str:
    body: Any = error.body
    said: object = cast("dict[str, object]", body).get("message") if isinstance(body, dict) else ""
    return " ".join(str(said or error.message).split())[:300]


def _refused(url: str, status: int, said: str) -> str:
    if status in (401, 403):
        return f"the server at {url} wants a token: put it into {KEY} ({said})"
    if 300 <= status < 400:
        return f"the server at {url} sends us elsewhere; give the address that it means"
    if status == 404:
        return f"the server at {url} knows no such model; name one as {url}#NAME ({said})"
    if any(word in said.lower() for word in ("context", "too long", "maximum", "exceed")):
        return f"the conversation outgrew the server's context; give it a larger one ({said})"
    return f"the server at {url} answered {status}: {said}"
