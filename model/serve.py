"""A local checkpoint behind the OpenAI chat protocol, for programs that speak it.

Only what an agent needs: one model, one reply at a time, pictures as data URLs, no streaming.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from ..actions.dialects.base import ResizeRule
from ..actions.errors import ModelError
from ..actions.messages import Image, Message, Sampling
from ..actions.types import Size
from .base import Model
from .image import seen_size

MOST_BYTES = 64 * 1024 * 1024
LOCAL = ("127.0.0.1", "localhost", "::1")
ROLES = ("system", "user", "assistant")


class BadRequest(Exception):
    """A request that makes no sense: told to the client with status 400."""


class ModelServer:
    """Answers at `url` until closed; without a `token` only clients on this machine are heard."""

    def __init__(
        self, model: Model, rule: ResizeRule, *, host: str = "127.0.0.1", port: int = 0,
        token: str = "",
    ) -> None:  # fmt: skip
        self.model, self.rule, self.token = model, rule, token
        self.turn = threading.Lock()
        """One reply at a time: a second one would only make both slower."""
        self._http = _Http((host, port), self)
        at = f"[{host}]" if ":" in host else host
        self.url = f"http://{at}:{self._http.server_address[1]}/v1"

    def __enter__(self) -> ModelServer:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def serve(self) -> None:
        """Answer in this thread until interrupted."""
        try:
            self._http.serve_forever()
        finally:
            self._http.server_close()

    def complete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request; BadRequest or ModelError when there is none."""
        if body.get("stream"):
            raise BadRequest("streaming is not offered; ask without it")
        messages, sampling = heard(body, self.rule), sampling_of(body)
        with self.turn:
            reply = self.model.generate(messages, sampling)
        return {
            "id": "chatcmpl-local", "object": "chat.completion", "created": int(time.time()),
            "model": self.model.name,
            "choices": [{
                "index": 0, "finish_reason": reply.finish_reason,
                "message": {"role": "assistant", "content": reply.text},
            }],
            "usage": {
                "prompt_tokens": reply.tokens_in, "completion_tokens": reply.tokens_out,
                "total_tokens": reply.tokens_in + reply.tokens_out,
                "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
            },
        }  # fmt: skip


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], server: ModelServer) -> None:
        self.model_server = server
        super().__init__(address, _Requests)


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        server = self._server()
        if not self._welcome(server):
            return
        if self.path.rstrip("/") != "/v1/models":
            self._refuse(404, f"there is nothing at {self.path}")
            return
        # Not of the protocol: a client that knows the limits leaves nothing to be resized here.
        rule = list(server.rule)
        model = {"id": server.model.name, "object": "model", "owned_by": "local", "resize": rule}
        self._send(200, {"object": "list", "data": [model]})

    def do_POST(self) -> None:
        server = self._server()
        body = self._body()
        if body is None or not self._welcome(server):
            return
        if self.path.rstrip("/") != "/v1/chat/completions":
            self._refuse(404, f"there is nothing at {self.path}")
            return
        try:
            asked: object = json.loads(body)
            if not isinstance(asked, dict):
                raise BadRequest("the request is no JSON object")
            self._send(200, server.complete(cast("dict[str, Any]", asked)))
        except (BadRequest, ValueError) as error:
            self._refuse(400, str(error))
        except ModelError as error:
            self._refuse(400 if "tokens" in str(error) else 500, str(error))

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self.close_connection = True
            self._refuse(413, f"a request may have {MOST_BYTES} bytes")
            return None
        return self.rfile.read(int(length))

    def _welcome(self, server: ModelServer) -> bool:
        """Whether the client may ask: by its token, or by being on this machine."""
        if server.token:
            said = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if hmac.compare_digest(said.encode(), server.token.encode()):
                return True
            self._refuse(401, "the token is missing or wrong")
            return False
        # A page in a browser can be led to this port under a name of its own.
        host = self.headers.get("Host", "").rsplit(":", 1)[0].strip("[]")
        if host in LOCAL:
            return True
        self._refuse(403, "this server is for this machine only")
        return False

    def _server(self) -> ModelServer:
        assert isinstance(self.server, _Http)
        return self.server.model_server

    def _refuse(self, status: int, why: str) -> None:
        self._send(status, {"error": {"message": why, "type": "invalid_request_error"}})

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: they hold screenshots."""


def sampling_of(body: Mapping[str, Any]) -> Sampling:
    """How the reply is drawn; BadRequest for numbers that make no sense."""
    stop: object = body.get("stop") or ()
    words = (stop,) if isinstance(stop, str) else tuple(cast("list[object]", stop))
    template: object = body.get("chat_template_kwargs")
    thinking = (
        cast("dict[str, object]", template).get("enable_thinking")
        if isinstance(template, dict)
        else None
    )
    try:
        return Sampling(
            max_tokens=int(body.get("max_completion_tokens") or body.get("max_tokens") or 512),
            temperature=float(body.get("temperature") or 0.0),
            top_p=float(body.get("top_p") or 1.0),
            stop=tuple(str(word) for word in words),
            thinking=thinking if isinstance(thinking, bool) else None,
        )
    except (TypeError, ValueError) as error:
        raise BadRequest(f"the sampling makes no sense: {error}") from error


def heard(body: Mapping[str, Any], rule: ResizeRule) -> list[Message]:
    """The conversation of a request; BadRequest where it is none."""
    turns: object = body.get("messages")
    if not isinstance(turns, list) or not turns:
        raise BadRequest("the request has no messages")
    return [message(turn, rule) for turn in cast("list[object]", turns)]


def message(turn: object, rule: ResizeRule) -> Message:
    """One turn, its pictures at the size that the model sees."""
    if not isinstance(turn, dict):
        raise BadRequest("a message is no object")
    told = cast("dict[str, Any]", turn)
    role = told.get("role")
    if role not in ROLES:
        raise BadRequest(f"a message has the role {role!r}; use system, user or assistant")
    content: object = told.get("content")
    if isinstance(content, str):
        return Message(role, (content,))
    if not isinstance(content, list):
        raise BadRequest("a message has no content")
    return Message(role, tuple(part(piece, rule) for piece in cast("list[object]", content)))


def part(piece: object, rule: ResizeRule) -> str | Image:
    """A text or a picture."""
    found = cast("dict[str, Any]", piece) if isinstance(piece, dict) else {}
    if found.get("type") == "text":
        return str(found.get("text", ""))
    if found.get("type") == "image_url" and isinstance(found.get("image_url"), dict):
        return picture(str(found["image_url"].get("url", "")), rule)
    raise BadRequest(f"a part of a message is neither text nor image_url: {found.get('type')!r}")


def picture(url: str, rule: ResizeRule) -> Image:
    """A picture of a data URL; nothing is fetched from anywhere."""
    from PIL import Image as Picture

    head, _, data = url.partition(",")
    if not head.startswith("data:image/") or not head.endswith(";base64"):
        raise BadRequest("a picture must be a data URL (data:image/png;base64,…)")
    try:
        raw = base64.b64decode(data, validate=True)
        with Picture.open(io.BytesIO(raw)) as opened:
            size = Size(*opened.size)
    except (binascii.Error, OSError, Picture.DecompressionBombError) as error:
        raise BadRequest(f"a picture cannot be read: {error}") from error
    return Image(raw, size, size if whole_cells(size, rule) else seen_size(size, rule))


def whole_cells(size: Size, rule: ResizeRule) -> bool:
    """Whether a client has resized the picture by the rule already; resizing twice may differ."""
    fits = size.width * size.height <= rule.max_pixels
    return fits and size.width % rule.factor == 0 == size.height % rule.factor
