"""The apps of the practice site, and the kinds of task that they offer."""

from __future__ import annotations

from collections.abc import Callable

from ..app import Job, Seeded
from . import calendar, contacts, flights, login, mail, settings, shop, todo

_MAKERS: dict[str, Callable[[Seeded], Job]] = {
    "flights": flights.book,
    "mail-open": mail.open_message,
    "mail-send": mail.send,
    "mail-delete": mail.delete,
    "shop-cart": shop.put_in_cart,
    "shop-buy": shop.buy,
    "calendar-add": calendar.add,
    "calendar-delete": calendar.delete,
    "contacts-add": contacts.add,
    "contacts-phone": contacts.change_phone,
    "settings-toggle": settings.toggle,
    "settings-language": settings.language,
    "todo-add": todo.add,
    "todo-done": todo.done,
    "todo-delete": todo.delete,
    "login": login.log_in,
}
KINDS: tuple[str, ...] = tuple(_MAKERS)


def make(kind: str, seed: int) -> Job:
    """The job of a kind and seed; KeyError for an unknown kind."""
    return _MAKERS[kind](Seeded(kind, seed))
