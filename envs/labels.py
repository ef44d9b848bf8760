"""What a page calls its elements, asked in a world of its own where the page cannot answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

_CLOSED = {"text": "", "tag": "closed"}


def element(page: Page, place: tuple[float, float] | None) -> dict[str, Any] | None:
    """The facts of the element at CSS pixels, or of the one in focus; None where there is none."""
    # Playwright leaves the protocol's answers untyped.
    session: Any = page.context.new_cdp_session(page)
    try:
        return _facts(session, place)
    finally:
        session.detach()


def mask(page: Page, values: list[str] | None) -> str:
    """Draw what holds a secret as dots; without values, what the caret is in (see mask.js).

    Apart from the page as well: its own `includes` would be handed the secret.
    """
    session: Any = page.context.new_cdp_session(page)
    try:
        call = {
            "functionDeclaration": _script("mask.js"),
            "executionContextId": _world(session),
            "arguments": [{"value": values}],
            "returnByValue": True,
        }
        found: str = session.send("Runtime.callFunctionOn", call)["result"].get("value", "nothing")
        return found
    finally:
        session.detach()


def _world(session: Any) -> int:
    """A world of our own over the page's document: its elements, and none of its functions."""
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "qvl-gate"})
    context: int = world["executionContextId"]
    return context


def _facts(session: Any, place: tuple[float, float] | None) -> dict[str, Any] | None:
    call = {
        "functionDeclaration": _script("label.js"),
        "executionContextId": _world(session),
        "arguments": [{"value": part} for part in place or (None, None)],
    }
    found = session.send("Runtime.callFunctionOn", call)["result"].get("objectId")
    if found is None:
        return None
    node = session.send("DOM.describeNode", {"objectId": found, "pierce": True})["node"]
    if any(root.get("shadowRootType") == "closed" for root in node.get("shadowRoots", ())):
        return dict(_CLOSED)
    told = {"functionDeclaration": _script("words.js"), "objectId": found, "returnByValue": True}
    answer = session.send("Runtime.callFunctionOn", told)["result"]
    return answer.get("value")


def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")
