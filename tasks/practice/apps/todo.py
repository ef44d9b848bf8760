"""To-do: a list of things, each done or not, and a form for a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...base import Verdict
from ..app import Job, Plan, Seeded, banner
from ..screens import Button, Field, Row, Screen


@dataclass
class Todo:
    """The state: items in order, and which are done."""

    items: dict[str, bool]
    new: str
    save: str
    label: str
    name: str = "Tasks"
    first: str = "list"
    opened: str = ""

    def screen(self, name: str) -> Screen:
        home = (Button("home", "Home"),)
        if name == "list":
            rows = tuple(
                Row(f"t{i}", text, on=on) for i, (text, on) in enumerate(self.items.items())
            )
            return Screen(name, "My tasks", rows, (Button("new", self.new), Button("edit", "Edit")))
        if name == "edit":
            rows = tuple(Row(f"t{i}", text) for i, text in enumerate(self.items))
            return Screen(name, "Which task?", rows, home)
        if name == "new":
            return Screen(
                name,
                "A new task",
                (
                    Field("text", self.label),
                    Button("save", self.save),
                    Button("home", "Cancel", main=False),
                ),
            )
        if name == "task" and self.opened:
            return Screen(
                name, self.opened, (Button("delete", "Delete"), Button("home", "Keep", main=False))
            )
        raise KeyError(name)

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        if name == "list" and do in ("new", "edit"):
            return do
        if name == "new" and do == "save":
            if values.get("text"):
                self.items[values["text"]] = False
            return "list"
        if name == "task" and do == "delete":
            self.items.pop(self.opened, None)
            return "list"
        text = list(self.items)[int(do[1:])]
        if name == "list":
            self.items[text] = not self.items[text]
            return "list"
        self.opened = text
        return "task"


def app(s: Seeded) -> Todo:
    """A list for this seed."""
    items = s.words.some("todos", s.rng.randint(3, 5))
    pick = s.rng.choice
    return Todo(
        {text: s.rng.random() < 0.3 for text in items}, pick(("New task", "Add task", "New")),
        pick(("Save", "Add", "Create")), pick(("Task", "What to do", "Title")), pick(("Tasks", "To do", "DoIt")),
    )  # fmt: skip


def _job(s: Seeded, made: Todo, goal: str, want: dict[str, bool], plans: Mapping[str, Plan]) -> Job:
    def check() -> Verdict:
        if made.items == want:
            return Verdict(True, "the list is as it should be")
        odd = sorted(set(made.items.items()) ^ set(want.items()))
        return Verdict(False, f"the list differs from what was asked: {odd}")

    return Job(s.kind, s.seed, goal, made, lambda screen: plans.get(screen), check, banner(s.rng))


def add(s: Seeded) -> Job:
    made = app(s)
    item = s.rng.choice([t for t in s.words.list("todos") if t not in made.items])
    return add_item(s, made, item, s.say(
        "Add {t} to my to-do list", "Put {t} on my task list", "New task: {t}", "Remind me: {t}", "Create the task {t}",
        "Add a task called {t}", "Write {t} on my list", "I have to remember this: {t}", t=item,
    ))  # fmt: skip


def add_item(s: Seeded, made: Todo, item: str, goal: str) -> Job:
    """The task of adding one item to a list."""
    plans = {"list": Plan(click="new"), "new": Plan((("text", item),), "save")}
    return _job(s, made, goal, {**made.items, item: False}, plans)


def done(s: Seeded) -> Job:
    made = app(s)
    item = s.rng.choice(list(made.items))
    made.items[item] = False
    goal = s.say(
        "Mark {t} as done", "Tick off {t}", "Check off {t} in my tasks", "I have finished this: {t}", "Complete the task {t}",
        "Set {t} to done", "Cross {t} off my list", "{t} is done, tick it", t=item,
    )  # fmt: skip
    return _job(
        s,
        made,
        goal,
        {**made.items, item: True},
        {"list": Plan(click=f"t{list(made.items).index(item)}")},
    )


def delete(s: Seeded) -> Job:
    made = app(s)
    item = s.rng.choice(list(made.items))
    goal = s.say(
        "Delete {t} from my to-do list", "Remove the task {t}", "Delete the task {t}", "Take {t} off my list", "Erase {t} from my tasks",
        "Get rid of the task {t}", "I do not need the task {t} any more, delete it", "Remove {t} from the list", t=item,
    )  # fmt: skip
    row = Plan(click=f"t{list(made.items).index(item)}")

    def plan(screen: str) -> Plan | None:
        if screen == "task":
            return Plan(click="delete") if made.opened == item else None
        return {"list": Plan(click="edit"), "edit": row}.get(screen)

    left = {t: on for t, on in made.items.items() if t != item}
    job = _job(s, made, goal, left, {})
    job.plan = plan
    return job
