"""Shop: products to open and put in a cart, a search form with a quantity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...base import Verdict
from ..app import Job, Plan, Seeded, banner
from ..screens import Button, Field, Row, Screen, Text


@dataclass
class Shop:
    """The state: prices, the cart, and orders placed."""

    prices: dict[str, str]
    add: str
    order: str
    find: str
    name: str = "Shop"
    first: str = "shop"
    shown: str = ""
    found: list[str] = field(default_factory=list[str])
    cart: dict[str, int] = field(default_factory=dict[str, int])
    orders: list[dict[str, int]] = field(default_factory=list[dict[str, int]])

    def screen(self, name: str) -> Screen:
        home = (Button("home", "Home"), Button("cart", "Cart"))
        if name == "shop":
            rows = tuple(
                Row(f"p{i}", p, side=price)
                for i, (p, price) in enumerate(list(self.prices.items())[:4])
            )
            return Screen(name, "New in", rows, (Button("find", "Search"), Button("cart", "Cart")))
        if name == "product" and self.shown:
            items = (
                Text(self.prices[self.shown], True),
                Text("In stock. Sent today."),
                Field("quantity", "Quantity", "1"),
                Button("add", self.add),
            )
            return Screen(name, self.shown, items, home)
        if name == "cart":
            lines = tuple(Text(f"{n} x {p}", True) for p, n in self.cart.items()) or (
                Text("Your cart is empty."),
            )
            return Screen(
                name, "Your cart", (*lines, Button("order", self.order)), (Button("home", "Home"),)
            )
        if name == "search":
            return Screen(
                name, "Find a product", (Field("query", "Product"), Button("go", self.find)), home
            )
        if name == "results":
            rows = tuple(Row(f"r{i}", p, side=self.prices[p]) for i, p in enumerate(self.found))
            return Screen(name, "Results" if rows else "Nothing found", rows, home)
        if name == "ordered":
            return Screen(
                name, "Thank you", (Text("Your order is on its way."),), (Button("home", "Home"),)
            )
        raise KeyError(name)

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        if do == "cart":
            return "cart"
        if name == "shop" and do == "find":
            return "search"
        if name == "search" and do == "go":
            query = values.get("query", "").casefold()
            self.found = [p for p in self.prices if query and query in p.casefold()][:4]
            return "results"
        if name == "product" and do == "add":
            count = values.get("quantity", "")
            if not count.isdigit() or not 0 < int(count) < 100:
                return "product"
            self.cart[self.shown] = self.cart.get(self.shown, 0) + int(count)
            return "cart"
        if name == "cart" and do == "order":
            if not self.cart:
                return "cart"
            self.orders.append(dict(self.cart))
            self.cart.clear()
            return "ordered"
        self.shown = (
            self.found[int(do[1:])] if name == "results" else list(self.prices)[int(do[1:])]
        )
        return "product"


def _app(s: Seeded) -> Shop:
    pick = s.rng.choice
    prices = {p: f"${s.rng.randint(3, 250)}" for p in s.words.some("products", 9)}
    return Shop(
        prices,
        pick(("Add to cart", "Put in cart")),
        pick(("Place order", "Checkout", "Buy now")),
        pick(("Search", "Find")),
        pick(("Shop", "Corner Store", "Marketly")),
    )


def _verdict(app: Shop, cart: dict[str, int], orders: list[dict[str, int]]) -> Verdict:
    if (app.cart, app.orders) == (cart, orders):
        return Verdict(True, f"in the cart: {cart}; ordered: {orders}")
    return Verdict(
        False,
        f"the cart holds {app.cart} and {app.orders} was ordered, instead of {cart} and {orders}",
    )


def put_in_cart(s: Seeded) -> Job:
    app = _app(s)
    product = s.rng.choice(list(app.prices)[:4])
    goal = s.say(
        "Put the {p} in my cart", "Add the {p} to the cart", "Add one {p} to my cart", "I want the {p} in my cart", "Open {p} and add it to the cart",
        "Place the {p} in the shopping cart", "Choose the {p} and put it in the cart", "{p}: add it to my cart", p=product,
    )  # fmt: skip

    def plan(screen: str) -> Plan | None:
        if screen == "product":
            return Plan((("quantity", "1"),), "add") if app.shown == product else None
        return Plan(click=f"p{list(app.prices).index(product)}") if screen == "shop" else None

    return Job(
        s.kind, s.seed, goal, app, plan, lambda: _verdict(app, {product: 1}, []), banner(s.rng)
    )


def buy(s: Seeded) -> Job:
    app = _app(s)
    product, count = s.rng.choice(list(app.prices)[4:]), s.rng.randint(2, 9)
    goal = s.say(
        "Search for {p} and order {n} of them", "Buy {n} {p}, use the search", "Find {p} in the shop and buy {n}", "Order {n} pieces of {p}, search for it",
        "Search the shop for {p} and buy {n}", "I need {n} of {p}: search for it and order", "Look up {p} with the search and order {n}", "Use the search to buy {p}, quantity {n}",
        p=product, n=str(count),
    )  # fmt: skip

    def plan(screen: str) -> Plan | None:
        match screen:
            case "shop":
                return Plan(click="cart" if app.cart == {product: count} else "find")
            case "search":
                return Plan((("query", product),), "go")
            case "results" if product in app.found:
                return Plan(click=f"r{app.found.index(product)}")
            case "product" if app.shown == product and not app.cart:
                return Plan((("quantity", str(count)),), "add")
            case "cart" if app.cart == {product: count}:
                return Plan(click="order")
            case _:
                return None

    return Job(
        s.kind,
        s.seed,
        goal,
        app,
        plan,
        lambda: _verdict(app, {}, [{product: count}]),
        banner(s.rng),
    )
