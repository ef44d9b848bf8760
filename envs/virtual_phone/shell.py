"""Command lines of the phone's shell: words, quotes, and the few operators that adb clients use.

No shell of the host ever sees any of it. What a real shell would run inside a word, as in `$(…)`,
is not run but noted in `Device.escapes`, for tests that want to know.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from .device import Device

_OPERATORS = ("&&", "||", ";", "|", "&", "\n")
_NOWHERE = re.compile(r"[12]?>\s*/dev/null(?=[\s;&|]|$)|2>&1(?=[\s;&|]|$)")
_LIVE = re.compile(r"\$\(|\$\{|`|\$[A-Za-z_]")


class Output(NamedTuple):
    """What a command printed, and its exit code."""

    out: bytes = b""
    code: int = 0
    err: bytes = b""


class Token(NamedTuple):
    """A word, or an operator."""

    text: str
    operator: bool = False


class BadLine(Exception):
    """A command line that no shell takes; the message says why."""


Command = Callable[[Device, list[str]], Output]


def say(text: str, code: int = 0) -> Output:
    """A line of output."""
    return Output(text.encode() + b"\n", code)


def complain(text: str, code: int = 1) -> Output:
    """A line of error output."""
    return Output(b"", code, text.encode() + b"\n")


class Reader:
    """Splits one command line; `live` holds what a real shell would have run or replaced."""

    def __init__(self, line: str) -> None:
        self.line, self.at = line, 0
        self.word: str | None = None
        self.tokens: list[Token] = []
        self.live: list[str] = []

    def read(self) -> list[Token]:
        """Words and operators; BadLine for an open quote or a redirection to a file."""
        while self.at < len(self.line):
            nowhere = _NOWHERE.match(self.line, self.at) if self.word is None else None
            if nowhere:
                self.at = nowhere.end()
            else:
                self._step(self.line[self.at])
        self._end()
        return self.tokens

    def _step(self, char: str) -> None:
        operator = next((o for o in _OPERATORS if self.line.startswith(o, self.at)), "")
        if char == "'":
            self._quoted(self.line.find("'", self.at + 1))
        elif char == '"':
            self._double()
        elif char == "\\":
            self._add(self.line[self.at + 1 : self.at + 2])
            self.at += 2
        elif operator:
            self._end()
            self.tokens.append(Token(operator, True))
            self.at += len(operator)
        elif char in " \t\r":
            self._end()
            self.at += 1
        else:
            self._plain(char)

    def _plain(self, char: str) -> None:
        if char in "<>()":
            raise BadLine(f"syntax error: unexpected '{char}'")
        if _LIVE.match(self.line, self.at):
            self.live.append(self.line[self.at : self.at + 40])
        self._add(char)
        self.at += 1

    def _quoted(self, end: int) -> None:
        if end < 0:
            raise BadLine("no closing quote")
        self._add(self.line[self.at + 1 : end])
        self.at = end + 1

    def _double(self) -> None:
        self.at += 1
        self._add("")
        while self.at < len(self.line) and self.line[self.at] != '"':
            if self.line[self.at] == "\\" and self.line[self.at + 1 : self.at + 2] in '$`"\\':
                self.at += 1
            elif _LIVE.match(self.line, self.at):
                self.live.append(self.line[self.at : self.at + 40])
            self._add(self.line[self.at])
            self.at += 1
        if self.at >= len(self.line):
            raise BadLine("no closing quote")
        self.at += 1

    def _add(self, text: str) -> None:
        self.word = (self.word or "") + text

    def _end(self) -> None:
        if self.word is not None:
            self.tokens.append(Token(self.word))
        self.word = None


class Shell:
    """Runs command lines on a phone with the commands it is given."""

    def __init__(self, device: Device, commands: dict[str, Command]) -> None:
        self.device, self.commands = device, commands

    def run(self, line: str) -> Output:
        """Everything a line says, in order."""
        self.device.commands.append(line)
        del self.device.commands[:-500]
        reader = Reader(line)
        try:
            tokens = reader.read()
        except BadLine as error:
            return complain(f"/system/bin/sh: {error}", 1)
        if reader.live:
            self.device.escapes.append(line)
        return self._all(tokens)

    def _all(self, tokens: list[Token]) -> Output:
        done, skip, words = Output(), False, list[str]()
        out, err, piped = b"", b"", None
        for token in [*tokens, Token(";", True)]:
            if not token.operator:
                words.append(token.text.replace("$?", str(done.code)))
                continue
            if words and not skip:
                done = self.one(words, piped)
                piped = done.out if token.text == "|" else None
                out += b"" if token.text == "|" else done.out
                err += done.err
            words = []
            skip = {"&&": done.code != 0, "||": done.code == 0}.get(token.text, False)
        return Output(out, done.code, err)

    def one(self, words: list[str], piped: bytes | None = None) -> Output:
        """One command; `piped` is what comes in from the one before."""
        if (code := self.device.faults.shell_fails.get(words[0])) is not None:
            return complain(f"{words[0]}: failed", code)
        if words[0] == "grep" and piped is not None:
            return grep(words[1:], piped)
        command = self.commands.get(words[0])
        if command is None:
            return complain(f"/system/bin/sh: {words[0][:80]}: inaccessible or not found", 127)
        return command(self.device, words[1:])


def grep(words: list[str], piped: bytes) -> Output:
    """Lines that match; options other than -E are not known."""
    patterns = [word for word in words if not word.startswith("-")]
    try:
        wanted = re.compile(patterns[0] if patterns else "")
    except re.error:
        return complain("grep: bad pattern", 2)
    rows = [row for row in piped.decode("utf-8", "replace").splitlines() if wanted.search(row)]
    return Output("".join(f"{row}\n" for row in rows).encode(), 0 if rows else 1)
