"""Login: a user name, a password, and a welcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...base import Verdict
from ..app import BANNERS, Job, Plan, Seeded
from ..screens import Button, Field, Screen, Text


@dataclass
class Login:
    """The state: the one account, and who is logged in."""

    user: str
    password: str
    labels: tuple[str, str, str]
    remembered: str
    name: str = "Portal"
    first: str = "welcome"
    inside: str = ""
    tries: int = 0

    def screen(self, name: str) -> Screen:
        if name == "welcome":
            return Screen(
                name,
                "Welcome",
                (
                    Text("Please log in to go on."),
                    Button("login", "Log in"),
                    Button("register", "Register", main=False),
                ),
            )
        if name == "login":
            fields = (
                Field("user", self.labels[0], self.remembered),
                Field("password", self.labels[1]),
            )
            warn = (Text("That did not match."),) if self.tries else ()
            return Screen(
                name,
                "Log in",
                (*warn, *fields, Button("go", self.labels[2])),
                (Button("home", "Home"),),
            )
        if name == "register":
            return Screen(
                name, "Register", (Text("Registration is closed."),), (Button("home", "Home"),)
            )
        if name == "inside" and self.inside:
            return Screen(name, f"Hello {self.inside}", (Text("You are logged in."),))
        raise KeyError(name)

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        if name == "welcome" and do in ("login", "register"):
            return do
        if name == "login" and do == "go":
            if (values.get("user"), values.get("password")) == (self.user, self.password):
                self.inside = self.user
                return "inside"
            self.tries += 1
            return "login"
        raise KeyError(do)


def log_in(s: Seeded) -> Job:
    w, pick = s.words, s.rng.choice
    user = f"{w.one('first').lower()}{s.rng.choice(('', '.'))}{w.one('last').lower()}"
    password = f"{w.one('words')}-{w.one('words')}-{s.rng.randint(10, 99)}"
    remembered = f"{w.one('first').lower()}" if s.rng.random() < 0.2 else ""
    app = Login(
        user,
        password,
        (pick(("User name", "Username", "User")), "Password", pick(("Sign in", "Enter", "Go on"))),
        remembered,
        pick(("Portal", "Campus", "MyDesk")),
    )
    goal = s.say(
        "Log in as {u} with the password {p}", "Log in with user name {u} and password {p}", "Sign in as {u}, password {p}", "Use {u} and the password {p} to log in",
        "Please log me in: user {u}, password {p}", "Log into the site as {u} using {p} as password", "Enter the site with user {u} and password {p}", "My user name is {u} and my password is {p}, log me in",
        u=user, p=password,
    )  # fmt: skip
    plans = {
        "welcome": Plan(click="login"),
        "login": Plan((("user", user), ("password", password)), "go"),
    }

    def check() -> Verdict:
        return Verdict(
            app.inside == user,
            f"logged in as {app.inside}" if app.inside else "nobody is logged in",
        )

    title, text, labels = s.rng.choice(BANNERS)
    stands = (title, text, Button("dismiss", pick(labels))) if s.rng.random() < 0.7 else None
    return Job(s.kind, s.seed, goal, app, plans.get, check, stands)
