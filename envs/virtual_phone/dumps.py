"""What the phone's system tells of itself, in the words in which Android does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import quoteattr

from .device import Device
from .shell import Output, complain, say

_CLASSES = {"button": "android.widget.Button", "input": "android.widget.EditText",
            "textarea": "android.widget.EditText"}  # fmt: skip


def dumpsys(device: Device, words: list[str]) -> Output:
    """One service's dump."""
    name = next((word for word in words if not word.startswith("-")), "")
    if name not in _DUMPS:
        return complain(f"Can't find service: {name[:40]}", 0)
    return say(_DUMPS[name](device))


def window(device: Device) -> str:
    """The window in front, its flags, and the lock."""
    front = device.front()
    component = full(front["component"])
    secure = " SECURE" if device.faults.secure else ""
    title = "NotificationShade" if front["locked"] else component
    return "\n".join([
        "WINDOW MANAGER WINDOWS (dumpsys window windows)",
        f"  Window #0 Window{{7a1b2c u0 {title}}}:",
        f"    mAttrs={{(0,0)(fillxfill) ty=BASE_APPLICATION fl=LAYOUT_IN_SCREEN{secure}}}",
        f"  mCurrentFocus=Window{{7a1b2c u0 {title}}}",
        f"  mFocusedApp=ActivityRecord{{5d u0 {component} t7}}",
        f"  mDreamingLockscreen={str(front['locked']).lower()}",
        f"  mShowingLockscreen={str(front['locked']).lower()}",
        f"  mCurrentRotation=ROTATION_{device.rotation * 90}",
    ])  # fmt: skip


def full(component: str) -> str:
    """A component with its activity's whole name."""
    package, _, activity = component.partition("/")
    return f"{package}/{package if activity.startswith('.') else ''}{activity}"


def display(device: Device) -> str:
    """Size and rotation."""
    wide, high = device.shown
    facts = f"real {wide} x {high}, rotation {device.rotation}, density {device.density}"
    return f"DISPLAY MANAGER (dumpsys display)\n  mOverrideDisplayInfo=DisplayInfo{{{facts}}}"


def input_method(device: Device) -> str:
    """The keyboard: which one, whether it has hold of the field, whether it is shown."""
    shown = str(bool(device.front()["keyboard"])).lower()
    binds = str(device.binds()).lower()
    return (
        f"Current Input Method Manager state:\n  mCurMethodId={device.bound}\n"
        f"  mCurId={device.bound} mHaveConnection={binds} mBoundToMethod={binds}\n"
        f"  mShowRequested={shown} mInputShown={shown}"
    )


def activity(device: Device) -> str:
    """The activity in front."""
    component = full(device.front()["component"])
    return f"  mResumedActivity: ActivityRecord{{5d u0 {component} t7}}"


def battery(device: Device) -> str:
    """The battery."""
    level = device.screen.state()["battery"]
    return f"Current Battery Service state:\n  AC powered: false\n  level: {level}\n  scale: 100"


def power(device: Device) -> str:
    """Whether it is awake."""
    word = "Awake" if device.awake else "Asleep"
    return f"POWER MANAGER (dumpsys power)\n  mWakefulness={word}\n  mWakefulnessChanging=false"


_DUMPS: dict[str, Callable[[Device], str]] = {
    "window": window, "display": display, "input_method": input_method, "activity": activity,
    "battery": battery, "power": power,
}  # fmt: skip


def layout(device: Device) -> str:
    """What is on the screen, as uiautomator writes it."""
    nodes = "".join(map(_node, device.screen.call("dump")))
    head = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>"
    return f'{head}<hierarchy rotation="{device.rotation}">{nodes}</hierarchy>'


def _node(one: dict[str, Any]) -> str:
    left, top, right, bottom = one["bounds"]
    facts = {
        "text": one["text"], "content-desc": one["description"], "package": one["package"],
        "class": _CLASSES.get(one["kind"], "android.widget.TextView"), "password": "false",
        "clickable": str(one["clickable"]).lower(), "focused": str(one["focused"]).lower(),
        "bounds": f"[{left},{top}][{right},{bottom}]",
    }  # fmt: skip
    return f"<node {' '.join(f'{k}={quoteattr(str(v), _BREAKS)}' for k, v in facts.items())} />"


_BREAKS = {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
