"""Words for generated pages: common interface words and made-up ones, so reading has to be learned."""

from __future__ import annotations

from random import Random

LABELS = (
    "Search,Save,Cancel,OK,Next,Back,Continue,Submit,Send,Delete,Edit,Add,Remove,Close,Open,Home,"
    "Settings,Profile,Sign in,Log in,Log out,Register,Inbox,Sent,Drafts,Archive,Reply,Forward,Cart,"
    "Checkout,Buy now,Add to cart,Pay now,Confirm,Book,Book now,Find flights,Show flights,Search flights,"
    "Flights,Hotels,Cars,From,To,Date,Depart,Return,Passengers,Travellers,Name,Full name,First name,"
    "Last name,Email,Phone,Address,City,Country,Password,User name,Subject,Message,Title,Time,Day,Month,"
    "Accept all,Accept,Reject,Not now,Later,No thanks,Dark mode,Notifications,Language,Privacy,Sound,"
    "Wi-Fi,Bluetooth,Theme,Account,Help,About,Contact us,News,Sports,Music,Photos,Calendar,Tasks,Notes,"
    "Messages,Compose,New message,New task,New event,New contact,Filter,Sort,View all,More,Details,"
    "Download,Upload,Share,Like,Follow,Print,Refresh,Apply,Reset,Done,Yes,No,Today,Tomorrow,Economy,"
    "Business,Flex,First,Standard,Premium,Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday"
).split(",")

_ONSETS = "b c d f g h j k l m n p qu r s t v w x y z bl br ch cl cr dr fl fr gl gr pl pr sc sh sk sl sm sn sp st str sw th tr tw wh kn".split()
_VOWELS = "a e i o u a e i o ai ea ee oo ou ie y au".split()
_CODAS = " n r s t l m d k p g ng nd st rt ck sh ll ss th x f b v z c w".split(" ")
_COMMON = (
    "the of and to in is you that it he was for on are as with his they at be this have from or one had by "
    "word but not what all were we when your can said there use an each which she do how their if will up "
    "other about out many then them these so some her would make like him into time has look two more write "
    "go see number no way could people my than first water been call who oil its now find long down day did "
    "get come made may part over new sound take only little work know place year live me back give most very "
    "after thing our just name good sentence man think say great where help through much before line right "
    "too mean old any same tell boy follow came want show also around form three small set put end does "
    "another well large must big even such because turn here why ask went men read need land different "
    "milk bread apples coffee blue red green white black mug lamp chair table shirt shoes book phone cable"
).split()


def made_up(rng: Random) -> str:
    """One pronounceable word that nobody has seen before."""
    parts = [
        rng.choice(_ONSETS)
        + rng.choice(_VOWELS)
        + (rng.choice(_CODAS) if rng.random() < 0.6 else "")
        for _ in range(rng.choice((1, 2, 2, 2, 3)))
    ]
    return "".join(parts)


def word(rng: Random) -> str:
    """A common or made-up word, in one of the usual cases."""
    text = rng.choice(_COMMON) if rng.random() < 0.4 else made_up(rng)
    return rng.choice((str.lower, str.capitalize, str.capitalize, str.lower))(text)


def number(rng: Random) -> str:
    """A time, price, date, count, code or phone number."""
    n = rng.randrange
    return rng.choice((
        lambda: f"{n(24):02d}:{n(60):02d}",
        lambda: f"${n(1, 999)}" if rng.random() < 0.5 else f"${n(1, 99)}.{n(100):02d}",
        lambda: f"{n(1, 32)} {rng.choice(MONTHS)}",
        lambda: f"{n(1, 100)}",
        lambda: f"{rng.choice('ABCDEFGHKLMNPRSTUVWXYZ')}{rng.choice('ABCDEFGHKLMNPRSTUVWXYZ')}{n(10, 9999)}",
        lambda: f"+{n(1, 99)} {n(100, 999)} {n(1000, 9999)}",
        lambda: f"{n(1, 13)}:{n(60):02d} {rng.choice(('am', 'pm', 'AM', 'PM'))}",
        lambda: f"{n(1, 100)}%",
        lambda: f"{n(2020, 2031)}-{n(1, 13):02d}-{n(1, 29):02d}",
        lambda: f"{n(1000, 99999)}",
    ))()  # fmt: skip


MONTHS = (
    "January,February,March,April,May,June,July,August,September,October,November,December,"
    "Jan,Feb,Mar,Apr,Jun,Jul,Aug,Sep,Oct,Nov,Dec"
).split(",")


def email(rng: Random) -> str:
    """An e-mail address at a reserved domain."""
    return f"{made_up(rng)}{rng.choice(('', '.', '_'))}{made_up(rng)}@{rng.choice(('example.com', 'example.org', 'mail.example'))}"


def label(rng: Random) -> str:
    """What stands on a button, link, field or row."""
    roll = rng.random()
    if roll < 0.3:
        return rng.choice(LABELS)
    if roll < 0.42:
        return number(rng)
    if roll < 0.58:
        return f"{made_up(rng).capitalize()} {made_up(rng).capitalize()}"
    if roll < 0.62:
        return email(rng)
    return " ".join(word(rng) for _ in range(rng.choice((1, 1, 2, 2, 3))))


def sentence(rng: Random, words: int) -> str:
    """Running text without meaning."""
    text = " ".join(number(rng) if rng.random() < 0.08 else word(rng).lower() for _ in range(words))
    return text.capitalize() + rng.choice((".", "", "!", "?", ","))


def few(rng: Random) -> str:
    """Three words."""
    return sentence(rng, 3)
