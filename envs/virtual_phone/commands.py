"""The programs of the phone's shell that agents and adb clients use."""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
from collections.abc import Sequence

from ...actions.types import Size
from .device import ADB_KEYBOARD, Device
from .dumps import dumpsys, layout
from .shell import Command, Output, complain, say
from .touch import touch_input

RGBA_8888, SRGB = 1, 1
_KNOWN_ONLY = {"com.android.launcher3", "com.android.systemui"}


def screencap(device: Device, words: list[str]) -> Output:
    """The frame: a header of 16 bytes and RGBA, or a PNG with -p."""
    faults = device.faults
    if faults.capture_fails:
        faults.capture_fails -= 1
        return complain("Failed to take screenshot. Status: -1", 1)
    dark = not device.awake or faults.secure
    if "-p" in words:
        png = _png(device) if dark else device.screen.png()
        return Output(png[: len(png) // 2] if faults.png_broken else png)
    size, rgba = device.pixels()
    raw = struct.pack("<4I", size.width, size.height, RGBA_8888, SRGB) + rgba
    return Output(raw[: len(raw) // 2] if faults.raw_broken else raw)


def _png(device: Device) -> bytes:
    from PIL import Image

    size, rgba = device.pixels()
    packed = io.BytesIO()
    Image.frombytes("RGBA", (size.width, size.height), rgba).save(packed, "png", compress_level=1)
    return packed.getvalue()


def wm(device: Device, words: list[str]) -> Output:
    """`wm size` and `wm density`, read or set."""
    what, value = words[0] if words else "", words[1] if words[1:] else ""
    if what == "density":
        return say(f"Physical density: {device.density}")
    if what == "dismiss-keyguard":
        device.screen.call("unlock")
        return Output()
    if what != "size":
        return complain(f"Unknown command: {what[:40]}", 255)
    if not value:
        shown = f"Physical size: {device.size}"
        return say(f"{shown}\nOverride size: {device.override}" if device.override else shown)
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", value)
    if value != "reset" and not found:
        return complain(f"Error: bad size {value[:40]}", 255)
    device.resize(Size(int(found[1]), int(found[2])) if found else None)
    return Output()


def option(words: Sequence[str], name: str) -> str:
    """The word after an option; empty when it is not there."""
    return words[words.index(name) + 1] if name in words[:-1] else ""


def am(device: Device, words: list[str]) -> Output:
    """Start an app or a page, stop one, or tell everyone something."""
    kind, rest = (words[0], words[1:]) if words else ("", [])
    if kind in ("start", "start-activity"):
        return _start(device, rest)
    if kind == "broadcast":
        return _broadcast(device, rest)
    if kind == "force-stop" and rest:
        device.screen.call("stop", rest[-1])
        return Output()
    return complain(f"Error: unknown command '{kind[:40]}'", 255)


def _start(device: Device, words: list[str]) -> Output:
    component, url = option(words, "-n"), option(words, "-d")
    told = f"Starting: Intent {{ act={option(words, '-a')} cmp={component} dat={url[:60]} }}"
    if component:
        if device.launch(component):
            return say(told)
        missing = f"Error: Activity class {{{component}}} does not exist."
        return say(f"{told}\nError type 3\n{missing}", 1)
    if option(words, "-a") == "android.intent.action.VIEW" and re.match(r"https?://", url):
        device.screen.call("visit", url)
        return say(told)
    return say(f"{told}\nError: Activity not started, unable to resolve Intent", 1)


def _broadcast(device: Device, words: list[str]) -> Output:
    action, text = option(words, "-a"), option(words, "msg")
    if device.keyboard_installed and device.bound == ADB_KEYBOARD:
        if action == "ADB_INPUT_B64":
            try:
                device.broadcast_text(base64.b64decode(text, validate=True).decode())
            except (binascii.Error, UnicodeDecodeError):
                return say("Broadcasting: Intent\nBroadcast completed: result=0")
        elif action == "ADB_INPUT_TEXT":
            device.broadcast_text(text)
        elif action == "ADB_CLEAR_TEXT" and device.binds():
            device.screen.call("clear")
    return say(f"Broadcasting: Intent {{ act={action[:60]} }}\nBroadcast completed: result=0")


def pm(device: Device, words: list[str]) -> Output:
    """`pm list packages`, `pm path`, and what `cmd package` is asked."""
    components: list[str] = device.screen.call("components")
    kind = words[0] if words else ""
    packages = {name.split("/")[0] for name in components} | _KNOWN_ONLY
    packages |= {name.split("/")[0] for name in device.keyboards()}
    if words[:2] == ["list", "packages"]:
        wanted = next((word for word in words[2:] if not word.startswith("-")), "")
        return say("\n".join(f"package:{name}" for name in sorted(packages) if wanted in name))
    if kind == "path" and words[1:]:
        known = words[1] in packages
        return say(f"package:/data/app/{words[1]}/base.apk") if known else Output(b"", 1)
    if kind in ("query-activities", "resolve-activity"):
        return _activities(components, words)
    return complain(f"Unknown command: {kind[:40]}", 255)


def _activities(components: list[str], words: list[str]) -> Output:
    package = words[-1] if "/" not in words[-1] and "." in words[-1][4:] else ""
    home = "android.intent.category.HOME" in words
    if home:
        components = ["com.android.launcher3/.Launcher"]
    elif package and not package.startswith("android.intent"):
        components = [name for name in components if name.startswith(package + "/")]
    priority = "priority=0 preferredOrder=0 match=0x108000 specificIndex=-1 isDefault=true"
    if words[0] == "resolve-activity":
        found = f"{priority}\n{components[0]}" if components else "No activity found"
        return say(found, 0 if components else 1)
    rows = [f"  Activity #{n}:\n    {priority}\n    {name}" for n, name in enumerate(components)]
    return say("\n".join([f"{len(rows)} activities found:", *rows]))


def cmd(device: Device, words: list[str]) -> Output:
    """`cmd package`, `cmd input` and `cmd settings`: the same programs under another name."""
    programs: dict[str, Command] = {
        "package": pm, "input": touch_input, "settings": settings, "activity": am, "window": wm,
    }  # fmt: skip
    if words and words[0] in programs:
        return programs[words[0]](device, words[1:])
    return complain(f"cmd: Can't find service: {words[0][:40] if words else ''}", 20)


def settings(device: Device, words: list[str]) -> Output:
    """get, put, delete and list."""
    kind, space, key, value = [*words, "", "", "", ""][:4]
    if space not in ("system", "secure", "global"):
        return complain("Invalid namespace", 255)
    if kind == "get" and key:
        return say(device.get(space, key))
    if kind == "put" and words[3:]:
        device.put(space, key, value)
        return Output()
    if kind == "delete" and key:
        gone = device.values.pop((space, key), None)
        return say(f"Deleted {int(gone is not None)} rows")
    if kind == "list":
        own = (f"{k}={v}" for (s, k), v in sorted(device.values.items()) if s == space)
        return say("\n".join(own))
    return complain("Invalid command", 255)


def ime(device: Device, words: list[str]) -> Output:
    """list, enable, disable, set and reset, with Android's words."""
    kind, name = [*words, "", ""][:2]
    if kind == "list":
        shown = device.keyboards() if "-a" in words else sorted(device.enabled)
        return say("\n".join(shown if "-s" in words else [f"{one}:" for one in shown]))
    if name not in device.keyboards():
        return complain(f"Unknown input method {name[:80]} cannot be {kind}ed for user #0", 255)
    if kind == "enable":
        device.enabled.add(name)
        return say(f"Input method {name}: now enabled for user #0")
    if kind == "disable":
        device.enabled.discard(name)
        return say(f"Input method {name}: now disabled for user #0")
    if kind == "set" and name in device.enabled:
        device.choose(name)
        return say(f"Input method {name} selected for user #0")
    return complain(f"Unknown input method {name[:80]} cannot be selected for user #0", 255)


def getprop(device: Device, words: list[str]) -> Output:
    """One property, or all."""
    known = {
        "ro.product.model": "Virtual phone", "ro.product.manufacturer": "qvl-agent",
        "ro.build.version.release": "14", "ro.build.version.sdk": "34", "sys.boot_completed": "1",
        "ro.serialno": device.serial, "ro.product.name": "qvl_phone", "persist.sys.locale": "en-US",
    }  # fmt: skip
    if words:
        return say(known.get(words[0], ""))
    return say("\n".join(f"[{key}]: [{value}]" for key, value in known.items()))


def uiautomator(device: Device, words: list[str]) -> Output:
    """The layout as XML, to a file or to the terminal."""
    if device.faults.broken_dump:
        return complain("ERROR: could not get idle state.", 0)
    target = next((word for word in words[1:] if word.startswith("/")), "/sdcard/window_dump.xml")
    xml = layout(device)
    if target == "/dev/tty" and device.faults.no_terminal:
        return complain("java.io.FileNotFoundException: /dev/tty: open failed: ENXIO", 0)
    if target == "/dev/tty":
        return Output(f"{xml}UI hierchary dumped to: /dev/tty\n".encode())
    device.files.write(target, xml.encode())
    return say(f"UI hierchary dumped to: {target}")


def cat(device: Device, words: list[str]) -> Output:
    """Files of the phone."""
    data = device.files.contents.get(words[0]) if words else b""
    if data is None:
        return complain(f"cat: {words[0][:80]}: No such file or directory")
    return Output(data)


def remove(device: Device, words: list[str]) -> Output:
    """Remove files."""
    for word in words:
        device.files.contents.pop(word, None)
    return Output()


def monkey(device: Device, words: list[str]) -> Output:
    """Only what people use it for: start an app by its package."""
    if device.launch(option(words, "-p")):
        return say("Events injected: 1")
    return complain("** No activities found to run, monkey aborted.", 252)


def echo(device: Device, words: list[str]) -> Output:
    """Its words."""
    return say(" ".join(words))


def quiet(device: Device, words: list[str]) -> Output:
    """Commands that are taken and change nothing here."""
    return Output()


def identity(device: Device, words: list[str]) -> Output:
    """Who adb is."""
    return say("uid=2000(shell) gid=2000(shell)")


COMMANDS: dict[str, Command] = {
    "input": touch_input, "screencap": screencap, "wm": wm, "am": am, "pm": pm, "cmd": cmd,
    "settings": settings, "ime": ime, "getprop": getprop, "uiautomator": uiautomator, "cat": cat,
    "rm": remove, "monkey": monkey, "echo": echo, "svc": quiet, "true": quiet, "wait": quiet,
    "sleep": quiet, "id": identity, "dumpsys": dumpsys,
}  # fmt: skip
