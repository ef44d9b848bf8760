"""Mail: an inbox, messages to open or delete, and a form to write one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...base import Verdict
from ..app import Job, Plan, Seeded, banner
from ..screens import Button, Field, Row, Screen, Text


@dataclass
class Mail:
    """The state: the inbox by sender, what was opened, what was sent."""

    inbox: dict[str, tuple[str, str, str]]
    write: str
    send: str
    delete: str
    name: str = "Mail"
    first: str = "inbox"
    shown: str = ""
    opened: list[str] = field(default_factory=list[str])
    sent: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def screen(self, name: str) -> Screen:
        home = (Button("home", "Inbox"),)
        if name == "inbox":
            rows = tuple(
                Row(f"m{i}", who, subject, time)
                for i, (who, (subject, _, time)) in enumerate(self.inbox.items())
            )
            return Screen(name, "Inbox", rows, (Button("write", self.write),))
        if name == "message" and self.shown in self.inbox:
            subject, body, _ = self.inbox[self.shown]
            return Screen(
                name,
                subject,
                (Text(self.shown, True), Text(f"{body}."), Button("delete", self.delete)),
                home,
            )
        if name == "write":
            fields = (Field("to", "To"), Field("subject", "Subject"), Field("body", "Message"))
            return Screen(name, "New message", (*fields, Button("send", self.send)), home)
        if name == "sent":
            return Screen(name, "Message sent", (Text("It is on its way."),), home)
        raise KeyError(name)

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        if name == "inbox" and do == "write":
            return "write"
        if name == "inbox":
            self.shown = list(self.inbox)[int(do[1:])]
            self.opened.append(self.shown)
            return "message"
        if name == "message" and do == "delete":
            self.inbox.pop(self.shown, None)
            return "inbox"
        if name == "write" and do == "send":
            message = {k: values.get(k, "") for k in ("to", "subject", "body")}
            if not message["to"]:
                return "write"
            self.sent.append(message)
            return "sent"
        raise KeyError(do)


def _app(s: Seeded) -> Mail:
    w, pick = s.words, s.rng.choice
    people = w.people(s.rng.randint(3, 5))
    subjects, bodies = w.some("subjects", len(people)), w.some("bodies", len(people))
    inbox = {p: (a, b, w.time()) for p, a, b in zip(people, subjects, bodies, strict=True)}
    return Mail(
        inbox,
        pick(("Write", "Compose", "New message")),
        pick(("Send", "Send now")),
        pick(("Delete", "Delete message")),
        pick(("Mail", "Postbox", "QuickMail")),
    )


def _verdict(app: Mail, inbox: set[str], sent: list[dict[str, str]], done: str) -> Verdict:
    if set(app.inbox) != inbox:
        return Verdict(False, f"the inbox holds {sorted(app.inbox)} instead of {sorted(inbox)}")
    if app.sent != sent:
        return Verdict(False, f"sent {app.sent} instead of {sent}")
    return Verdict(True, done)


def open_message(s: Seeded) -> Job:
    app = _app(s)
    who = s.rng.choice(list(app.inbox))
    goal = s.say(
        "Open the message from {w}", "Read the mail from {w}", "Show me the email from {w}", "Open {w}'s message", "What did {w} write? Open it",
        "Go to the mail that {w} sent", "Open the mail of {w}", "Read what {w} sent", w=who,
    )  # fmt: skip
    everyone = set(app.inbox)

    def check() -> Verdict:
        if app.opened != [who]:
            return Verdict(False, f"opened {app.opened} instead of {who!r}")
        return _verdict(app, everyone, [], f"the message from {who} is open")

    plans = {"inbox": Plan(click=f"m{list(app.inbox).index(who)}")}
    return Job(s.kind, s.seed, goal, app, plans.get, check, banner(s.rng))


def delete(s: Seeded) -> Job:
    app = _app(s)
    who = s.rng.choice(list(app.inbox))
    goal = s.say(
        "Delete the message from {w}", "Delete the email from {w}", "Remove the mail that {w} sent", "Throw away the message from {w}", "Get rid of {w}'s mail",
        "Delete {w}'s message", "Erase the mail from {w}", "I do not need the mail from {w}, delete it", w=who,
    )  # fmt: skip
    left = set(app.inbox) - {who}

    def plan(screen: str) -> Plan | None:
        if screen == "inbox" and who in app.inbox:
            return Plan(click=f"m{list(app.inbox).index(who)}")
        return Plan(click="delete") if screen == "message" and app.shown == who else None

    return Job(
        s.kind,
        s.seed,
        goal,
        app,
        plan,
        lambda: _verdict(app, left, [], f"the message from {who} is gone"),
        banner(s.rng),
    )


def send(s: Seeded) -> Job:
    app, w = _app(s), s.words
    message = {"to": w.email(w.person()), "subject": w.one("subjects"), "body": w.one("bodies")}
    goal = s.say(
        "Send a message to {to} with the subject {subject} and the text {body}", "Write to {to}: subject {subject}, message {body}",
        "Email {to}, subject {subject}, saying {body}", "Send {to} a mail about {subject} with the message {body}",
        "Write a mail to {to}. Subject: {subject}. Message: {body}", "Mail {to} with subject {subject}: {body}",
        "Compose a message to {to}, subject {subject}, text {body}", "Send an email to {to}, the subject is {subject}, the message is {body}", **message,
    )  # fmt: skip
    everyone = set(app.inbox)
    plans = {"inbox": Plan(click="write"), "write": Plan(tuple(message.items()), "send")}
    return Job(
        s.kind,
        s.seed,
        goal,
        app,
        plans.get,
        lambda: _verdict(app, everyone, [message], f"sent to {message['to']}"),
        banner(s.rng),
    )
