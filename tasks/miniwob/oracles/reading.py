"""Oracles of tasks that ask to read, reckon or mark something: scrolling, keys, text selection."""

from __future__ import annotations

import math
import re

from ....actions.types import Drag, Press, Scroll, Type
from .clicking import SUBMIT
from .sight import Deeds, Sight
from .table import first, found, number, quoted, solves


@solves("highlight-text")
def highlight(see: Sight) -> Deeds:
    """The only paragraph, from before its first letter to after its last."""
    yield from mark(see, "#randomText")
    yield from see.click(SUBMIT)


@solves("highlight-text-2")
def highlight_one(see: Sight) -> Deeds:
    """The paragraph with the number in the goal."""
    yield from mark(see, "#randomText p", number(see.goal) - 1)
    yield from see.click(SUBMIT)


_ENDS = """([css, i]) => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelectorAll(css)[i]);
  const boxes = [...range.getClientRects()].filter(b => b.width > 1);
  const a = boxes[0], z = boxes[boxes.length - 1];
  return [a.left, (a.top + a.bottom) / 2, z.right, (z.top + z.bottom) / 2];
}"""


def mark(see: Sight, css: str, index: int = 0) -> Deeds:
    """Drag over all the words of an element."""
    x0, y0, x1, y1 = see.js(_ENDS, [css, index])
    yield Drag(start=see.at(x0, y0), end=see.at(x1 + 2, y1), seconds=0.2)


@solves("copy-paste")
def copy(see: Sight) -> Deeds:
    """From the only text area, with the keys for marking, copying and pasting."""
    yield from carry(see, "#to-copy")


@solves("copy-paste-2")
def copy_one(see: Sight) -> Deeds:
    """From the text area with the number in the goal."""
    yield from carry(see, f"#text-{number(see.goal)}")


def carry(see: Sight, source: str) -> Deeds:
    """Copy all of one field into the answer."""
    yield from see.click(source)
    for letter in "ac":
        yield Press(keys=("ctrl", letter))
    yield from see.click("#answer-input")
    yield Press(keys=("ctrl", "v"))
    yield from see.click(SUBMIT)


@solves("scroll-text")
def last_word(see: Sight) -> Deeds:
    """The last word of a text area, after scrolling to its end."""
    yield from to_the(see, "bottom")
    words = see.one("#text-area").text.split()
    yield from see.fill("#answer-input", re.sub("[^a-zA-Z0-9]", "", words[-1]))
    yield from see.click(SUBMIT)


@solves("scroll-text-2")
def scroll(see: Sight) -> Deeds:
    """To the end that the goal names."""
    yield from to_the(see, "bottom" if "bottom" in see.goal else "top")
    yield from see.click(SUBMIT)


_LEFT = """way => {
  const e = document.querySelector('#text-area');
  return way === 'top' ? -e.scrollTop : e.scrollHeight - e.clientHeight - e.scrollTop;
}"""


def to_the(see: Sight, way: str) -> Deeds:
    """Turn the wheel over the text area until it is at one of its ends."""
    for _ in range(20):
        left = float(see.js(_LEFT, way))
        if abs(left) < 2:
            return
        area = see.one("#text-area")
        yield Scroll(at=see.on(area), dy=round(left * see.env.factor))


@solves("sign-agreement")
def agreement(see: Sight) -> Deeds:
    """Scroll to the end, sign, and press the button of the goal."""
    yield from to_the(see, "bottom")
    names = quoted(see.goal)
    if names:
        yield from see.fill("#name", names[0])
    yield from see.click("#agree" if names and names[1] == "Agree" else "#cancel")


@solves("simple-arithmetic")
def sum_of_two(see: Sight) -> Deeds:
    """Two digits and a sign."""
    one, sign, two = see.one("#math-problem").text.split()[:3]
    yield from _answer(see, "#math-answer", _reckon(int(one), sign, int(two)))


@solves("simple-algebra")
def unknown(see: Sight) -> Deeds:
    """An equation with one unknown: `x - 4 = 9`, or `4 + x = 9`."""
    one, sign, two, _, result = see.one("#math-problem").text.split()
    known = int(two if one == "x" else one)
    if sign == "+":
        value = int(result) - known
    else:
        value = int(result) + known if one == "x" else known - int(result)
    yield from _answer(see, "#math-answer", value)


def _reckon(one: int, sign: str, two: int) -> int:
    return {"+": one + two, "-": one - two, "x": one * two}[sign]


def _answer(see: Sight, css: str, value: object) -> Deeds:
    yield from see.fill(css, str(value))
    yield from see.click(SUBMIT)


@solves("text-transform")
def twisted_letters(see: Sight) -> Deeds:
    """The letters are twisted only to the eye."""
    yield from _answer(see, "#tt", see.one("#captcha").text)


@solves("read-table")
def cell(see: Sight) -> Deeds:
    """The value beside the word in the goal."""
    yield from _answer(see, "#tt", _table(see)[found(r"value of (.*) into", see.goal)])


@solves("read-table-2")
def two_cells(see: Sight) -> Deeds:
    """The values beside the words that stand before the fields."""
    table = _table(see)
    for field in "12":
        key = see.one(f"#ll{field}").text.removesuffix(":")
        yield from see.fill(f"#tt{field}", table[key])
    yield from see.click(SUBMIT)


def _table(see: Sight) -> dict[str, str]:
    cells = [each.text for each in see.all("#tab td")]
    return dict(zip(cells[::2], cells[1::2], strict=True))


@solves("guess-number")
def guess(see: Sight) -> Deeds:
    """Halve what is left, by what the page says of each guess."""
    low, high = 0, 9
    for _ in range(5):
        middle = (low + high) // 2
        yield from _answer(see, "#tt", middle)
        if see.all("#higher"):
            low = middle + 1
        else:
            high = middle - 1


@solves("visual-addition")
def blocks(see: Sight) -> Deeds:
    """As many as there are in both heaps."""
    yield from _answer(see, "#math-answer", len(see.all(".addition-block")))


@solves("count-shape")
def count(see: Sight) -> Deeds:
    """How many things on the drawing fit the words of the goal."""
    words = found(r"How many (.*)s are there", see.goal).split()
    many = sum(fits(see, words, place) for place in range(len(see.all("#area_svg > *"))))
    yield from see.click("#count-buttons button", str(many))


@solves("click-shape")
def shape(see: Sight) -> Deeds:
    """The first thing on the drawing that fits the words of the goal."""
    words = found(r"Click on an? (.*)", see.goal).split()
    things = range(len(see.all("#area_svg > *")))
    yield from see.click("#area_svg > *", index=first(i for i in things if fits(see, words, i)))


def fits(see: Sight, words: list[str], index: int) -> bool:
    """Whether a drawn thing is of the size, colour and kind that the words say."""
    kinds = see.js(_DRAWN, index)
    return all(word == "item" or word in kinds for word in words)


_DRAWN = """i => {
  const e = document.querySelectorAll('#area_svg > *')[i], t = e.textContent, tag = e.tagName;
  const wide = tag === 'text' ? parseFloat(e.getAttribute('font-size')) : e.getBBox().width;
  const kind = tag === 'text' ? [t, /[0-9]/.test(t) ? 'digit' : 'letter']
    : ['shape', {rect: 'rectangle', circle: 'circle', polygon: 'triangle'}[tag]];
  return [wide > 15 ? 'large' : 'small', e.getAttribute('fill'), ...kind];
}"""


@solves("identify-shape")
def kind_of_shape(see: Sight) -> Deeds:
    """The button that says what is drawn."""
    *_, kind = see.js(_DRAWN, 0)
    yield from see.click(f"#area-buttons [data-type={kind!r}]")


@solves("terminal")
def delete_file(see: Sight) -> Deeds:
    """List the files, then delete the one with the right ending."""
    yield from see.click("#terminal")
    yield Type(text="ls\n")
    names = see.all(".terminal-output .output")[-1].text.split()
    ending = "" if "no file extension" in see.goal else found(r"extension \.(\S+)", see.goal)
    fitting = [n for n in names if (n.endswith(f".{ending}") if ending else "." not in n)]
    yield Type(text=f"rm {fitting[0]}\n")


_TOP = 50
"""Where the page begins to count, in CSS pixels."""


@solves("hot-cold")
def hot(see: Sight) -> Deeds:
    """Point at places until what the page says leaves one that must be hot, and click it."""
    left = [(x, y) for x in range(5, 155) for y in range(5, 120)]
    for _ in range(40):
        x, y = left[len(left) // 2]
        yield from see.hover(x + 0.5, _TOP + y + 0.5)
        said = see.one("#display").text
        if said == "HOT":
            yield from see.click_at(x + 0.5, _TOP + y + 0.5)
            return
        left = [spot for spot in left if _heat(math.dist(spot, (x, y))) == said]


def _heat(far: float) -> str:
    return "HOT" if far < 5 else "WARM" if far < 10 else "COLD" if far < 40 else "ICE COLD"


@solves("resize-textarea")
def resize(see: Sight) -> Deeds:
    """Drag the right or the lower edge."""
    sign = 1 if "larger" in see.goal else -1
    edge = ".ui-resizable-e" if "width" in see.goal else ".ui-resizable-s"
    x, y = see.one(edge).middle
    x, y = (see.one(edge).x + 1.5, y) if "width" in see.goal else (x, see.one(edge).y + 1.5)
    far = 20 * sign
    end = (x + far, y) if "width" in see.goal else (x, y + far)
    yield from see.drag((x, y), end)
    yield from see.click("#submit")
