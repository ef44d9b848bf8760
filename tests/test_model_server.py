"""Served models: the same replies as in process, and one line for each thing that goes wrong."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image as Picture

from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.dialects.resize import ResizeRule
from qvl_agent.actions.errors import ModelError, UserError
from qvl_agent.actions.messages import Image, Message, Sampling
from qvl_agent.actions.types import Action, Size
from qvl_agent.agent.cli import main
from qvl_agent.agent.cli.choose import PRACTICE_SIZE, fitted
from qvl_agent.agent.loop import Limits, run_episode
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.envs.browser import CAPABILITIES, BrowserEnv
from qvl_agent.model.image import smart_resize
from qvl_agent.model.local import LocalModel
from qvl_agent.model.scripted import ScriptedModel
from qvl_agent.model.serve import ModelServer
from qvl_agent.model.server import KEY, ServerModel, opened, resized
from qvl_agent.tasks.practice import Site, eval_seed

RULE = ResizeRule(28, 56 * 56, 28 * 28 * 16384)
GREEDY = Sampling(max_tokens=48, stop=("</tool_call>",))


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    picture = Picture.linear_gradient("L").resize((width, height)).convert("RGB")
    picture.save(out, "PNG")
    return out.getvalue()


def question(width: int = 448, height: int = 336) -> list[Message]:
    dialect = by_name("qwen2.5-vl")
    size = Size(width, height)
    image = Image(png(width, height), size, Size(448, 336))
    return list(dialect.render("click on Save", (), image, CAPABILITIES))


class Odd(ThreadingHTTPServer):
    """Answers every chat with one fixed status and body, and keeps what it was asked."""

    daemon_threads = True

    def __init__(
        self, status: int, body: dict[str, Any], models: tuple[str, ...] = ("odd",)
    ) -> None:
        self.status, self.body, self.models = status, body, models
        self.asked: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), OddRequests)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class OddRequests(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Odd)
        self.answer(
            200,
            {"object": "list", "data": [{"id": m, "object": "model"} for m in self.server.models]},
        )

    def do_POST(self) -> None:
        assert isinstance(self.server, Odd)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        self.answer(self.server.status, self.server.body)

    def answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        """The tests read what was asked from `asked`."""


@contextmanager
def odd(status: int, body: dict[str, Any], models: tuple[str, ...] = ("odd",)) -> Generator[Odd]:
    server = Odd(status, body, models)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def said(
    content: str | None, prompt_tokens: int = 900, reason: str = "stop",
    thoughts: dict[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": "1", "object": "chat.completion", "created": 1, "model": "odd",
        "choices": [{
            "index": 0, "finish_reason": reason,
            "message": {"role": "assistant", "content": content, **(thoughts or {})},
        }],
        "usage": {
            "prompt_tokens": prompt_tokens, "completion_tokens": 5,
            "total_tokens": prompt_tokens + 5,
        },
    }  # fmt: skip


def wrong(status: int, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": status}}


@pytest.fixture(scope="module")
def mini() -> Generator[LocalModel]:
    model = LocalModel()
    yield model
    model.close()


def test_a_served_checkpoint_says_word_for_word_what_it_says_in_process(mini: LocalModel) -> None:
    asked = question()
    with ModelServer(mini, mini.settings.rule) as server:
        served = ServerModel(server.url)
        there = served.generate(asked, GREEDY)
        served.close()
    here = mini.generate(asked, GREEDY)
    assert (there.text, there.tokens_in, there.tokens_out) == (
        here.text,
        here.tokens_in,
        here.tokens_out,
    )
    assert served.name == mini.name
    assert there.text


def test_a_picture_that_must_shrink_is_the_same_in_process_and_served(mini: LocalModel) -> None:
    asked = question(900, 700)
    with ModelServer(mini, mini.settings.rule) as server:
        served = ServerModel(server.url)
        there = served.generate(asked, GREEDY)
    assert there.text == mini.generate(asked, GREEDY).text


def test_a_picture_that_the_client_resized_is_not_resized_again(mini: LocalModel) -> None:
    dialect = fitted(by_name("qwen2.5-vl"), mini)
    size = Size(1344, 756)
    image = Image(png(*size), size, smart_resize(size, dialect.resize))
    asked = dialect.point_prompt("Save", image)
    with ModelServer(mini, mini.settings.rule) as server:
        there = ServerModel(server.url).generate(asked, GREEDY)
    assert there.text == mini.generate(asked, GREEDY).text


def test_the_picture_is_the_same_bytes_in_every_turn_at_the_size_the_model_sees() -> None:
    with odd(200, said("ok")) as server:
        model = ServerModel(server.url)
        for _ in range(2):
            model.generate(question(900, 700), GREEDY)
        urls = [
            part["image_url"]["url"]
            for body in server.asked
            for turn in body["messages"] if isinstance(turn["content"], list)
            for part in turn["content"] if part["type"] == "image_url"
        ]  # fmt: skip
    assert len(urls) == 2
    assert len(set(urls)) == 1
    raw = base64.b64decode(urls[0].split(",", 1)[1])
    assert Picture.open(io.BytesIO(raw)).size == (448, 336)


def test_a_picture_of_the_right_size_is_sent_as_it_is() -> None:
    raw = png(448, 336)
    assert resized(Image(raw, Size(448, 336), Size(448, 336))) is raw


def test_sampling_and_stop_strings_are_the_dialects() -> None:
    with odd(200, said("ok")) as server:
        sampling = Sampling(77, 0.25, 0.5, ("</tool_call>",), thinking=False)
        ServerModel(server.url).generate(question(), sampling)
        body = server.asked[0]
    assert (body["max_tokens"], body["temperature"], body["top_p"]) == (77, 0.25, 0.5)
    assert body["stop"] == ["</tool_call>"]
    assert body["chat_template_kwargs"] == {"enable_thinking": False}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_that_the_server_took_out_are_put_back(field: str) -> None:
    with odd(200, said("<tool_call>\n{}\n", thoughts={field: "I see it."})) as server:
        reply = ServerModel(server.url).generate(question(), GREEDY)
    assert reply.text == "<think>\nI see it.\n</think>\n\n<tool_call>\n{}\n</tool_call>"


def test_a_closing_tag_that_stopped_the_reply_is_put_back_once() -> None:
    assert opened("<tool_call>\n{}\n", "</tool_call>")
    assert not opened("<tool_call>\n{}\n</tool_call>", "</tool_call>")
    assert not opened("no call at all", "</tool_call>")


def test_a_truncated_reply_says_so() -> None:
    with odd(200, said("half a", reason="length")) as server:
        assert ServerModel(server.url).generate(question(), GREEDY).finish_reason == "length"


FAILURES: dict[str, tuple[int, dict[str, Any], str]] = {
    "a model that is not there": (404, wrong(404, "no model `x`"), "knows no such model"),
    "a conversation that is too long": (
        400, wrong(400, "This model's maximum context length is 4096 tokens."),
        "outgrew the server's context",
    ),
    "a missing token": (401, wrong(401, "Unauthorized"), KEY),
    "a picture that was dropped": (200, said("ok", prompt_tokens=60), "dropped the picture"),
    "an answer without a choice": (200, {**said("ok"), "choices": []}, "without a choice"),
    "anything else": (422, wrong(422, "no\nsuch field"), "answered 422: no such field"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILURES)
def test_each_failure_is_one_line_that_names_it(case: str) -> None:
    status, body, words = FAILURES[case]
    with odd(status, body) as server:
        model = ServerModel(server.url)
        with pytest.raises(ModelError, match=words) as failure:
            model.generate(question(), GREEDY)
        assert len(server.asked) == 1
    assert "\n" not in str(failure.value)


def test_a_server_that_is_not_there_is_named_with_its_address() -> None:
    with pytest.raises(ModelError, match="no server answers at http://127.0.0.1:9/v1"):
        ServerModel("http://127.0.0.1:9/v1")


def test_a_server_that_comes_up_late_is_found_by_trying_again() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    late: list[ModelServer] = []
    start = threading.Timer(
        0.3, lambda: late.append(ModelServer(ScriptedModel(["yes"]), RULE, port=port).__enter__())
    )
    start.start()
    try:
        model = ServerModel(f"http://127.0.0.1:{port}/v1")
        assert model.generate([Message("user", ("x",))], GREEDY).text == "yes"
    finally:
        start.join()
        late[0].__exit__()


def test_a_server_that_fails_is_not_asked_twice() -> None:
    with odd(500, wrong(500, "broken")) as server:
        model = ServerModel(server.url)
        with pytest.raises(ModelError, match="answered 500: broken"):
            model.generate(question(), GREEDY)
        assert len(server.asked) == 1


def test_one_of_several_models_must_be_named() -> None:
    with odd(200, said("ok"), ("a", "b")) as server:
        with pytest.raises(UserError, match=r"has 2 models; name one as .*#NAME: a, b"):
            ServerModel(server.url)
        with pytest.raises(UserError, match="has no model 'c'"):
            ServerModel(f"{server.url}#c")
        assert ServerModel(f"{server.url}#b").name == "b"


def post(url: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    import http.client
    from urllib.parse import urlsplit

    at = urlsplit(url)
    link = http.client.HTTPConnection(at.hostname or "", at.port, timeout=10)
    link.request("POST", "/v1/chat/completions", body, headers)
    answer = link.getresponse()
    return answer.status, json.loads(answer.read())


BAD_REQUESTS = {
    "no JSON": b"{",
    "no object": b"[]",
    "no messages": b"{}",
    "a strange role": b'{"messages": [{"role": "tool", "content": "x"}]}',
    "a picture from elsewhere": json.dumps({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}]}]}).encode(),
    "a picture that is none": json.dumps({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]}).encode(),
    "streaming": b'{"stream": true, "messages": [{"role": "user", "content": "x"}]}',
    "odd sampling": b'{"temperature": "warm", "messages": [{"role": "user", "content": "x"}]}',
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_REQUESTS)
def test_a_bad_request_is_refused_by_name(case: str) -> None:
    with ModelServer(ScriptedModel(["never"]), RULE) as server:
        status, answer = post(server.url, BAD_REQUESTS[case])
    assert status == 400
    assert answer["error"]["message"]


def test_only_this_machine_is_heard_without_a_token() -> None:
    body = b'{"messages": [{"role": "user", "content": "x"}]}'
    with ModelServer(ScriptedModel(["yes"]), RULE) as server:
        assert post(server.url, body, Host="evil.example:80")[0] == 403
        assert post(server.url, body)[1]["choices"][0]["message"]["content"] == "yes"


def test_with_a_token_only_who_has_it_is_heard() -> None:
    body = b'{"messages": [{"role": "user", "content": "x"}]}'
    with ModelServer(ScriptedModel(["yes"]), RULE, token="open sesame") as server:
        assert post(server.url, body)[0] == 401
        assert post(server.url, body, Authorization="Bearer open sesame")[0] == 200


def test_serving_beyond_loopback_needs_a_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "QVL_AGENT_SERVE_TOKEN" in capsys.readouterr().err


def test_a_run_with_a_server_that_is_not_there_ends_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ground", "nowhere.png", "x", "--model", "http://127.0.0.1:9/v1"]) in (2, 15)
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_served_model_does_on_the_practice_site_what_it_does_in_process(mini: LocalModel) -> None:
    dialect = fitted(by_name("qwen2.5-vl"), mini)
    done: list[list[Action]] = []
    with Site() as site, ModelServer(mini, mini.settings.rule) as server:
        for model in (mini, ServerModel(server.url)):
            task = site.task("flights", eval_seed(3))
            env = BrowserEnv(task.start_url, size=PRACTICE_SIZE)
            try:
                episode = run_episode(
                    task.goal, env, VisionPolicy(model, dialect), limits=Limits(steps=5)
                )
            finally:
                env.close()
            done.append([deed.action for step in episode.steps for deed in step.deeds])
    assert done[0] == done[1]
    assert len(done[0]) >= 4
