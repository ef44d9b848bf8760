"""Colours, type and spacing of one seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FONTS = (
    "'Liberation Sans',Arial,Helvetica,sans-serif", "'DejaVu Sans',Verdana,sans-serif",
    "'Open Sans','Segoe UI',sans-serif", "Roboto,'Helvetica Neue',sans-serif", "Lato,Calibri,sans-serif",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """What a seed makes a site look like."""

    font: str
    size: int
    hue: int
    dark: bool
    radius: int
    columns: int
    list: str
    side: str

    @staticmethod
    def of(rng: Random) -> Theme:
        return Theme(
            rng.choice(FONTS), rng.choice((14, 15, 15, 16)), rng.randrange(360), rng.random() < 0.2,
            rng.choice((4, 8, 10, 14)), rng.choice((1, 2)), rng.choice(("joined", "apart")),
            rng.choice(("left", "right", "wide")),
        )  # fmt: skip

    def css(self) -> str:
        """The style sheet; text keeps a contrast of 4.5 or more against what it stands on."""
        h, dark = self.hue, self.dark
        back, card = (
            (f"hsl({h},20%,11%)", f"hsl({h},16%,17%)") if dark else (f"hsl({h},40%,96%)", "#fff")
        )
        ink, faint = ("#f2f2f5", "#b9bcc6") if dark else ("#1c1e26", "#5a5f6e")
        line = f"hsl({h},12%,34%)" if dark else f"hsl({h},20%,82%)"
        main, tone = f"hsl({h},65%,32%)", f"hsl({h},70%,78%)" if dark else f"hsl({h},70%,30%)"
        return (
            f"*{{box-sizing:border-box;font:inherit;letter-spacing:0}}body{{margin:0;background:{back};color:{ink};font:{self.size}px {self.font};overflow:hidden}}"
            f"header{{display:flex;align-items:center;gap:6px;height:38px;padding:0 12px;background:{main};color:#fff}}header b{{flex:1;font-weight:700;font-size:{self.size + 1}px}}"
            f".link{{background:none;border:0;color:#fff;height:32px;padding:0 8px;cursor:pointer;border-radius:6px}}.link:hover{{background:#fff3}}"
            f"main{{padding:8px 14px}}h1{{margin:0 0 6px;font-size:{self.size + 3}px;font-weight:700;line-height:1.25}}p{{margin:0 0 6px;color:{faint};line-height:1.3}}p.big{{color:{ink};font-weight:600}}"
            f".fields{{display:grid;gap:7px;margin-bottom:8px}}.c2{{grid-template-columns:1fr 1fr}}"
            f".field{{display:block;min-width:0;height:46px;padding:3px 10px;background:{card};border:1px solid {line};border-radius:{self.radius}px;cursor:text}}"
            f".field span{{display:block;font-size:13px;line-height:16px;color:{faint};white-space:nowrap}}.field input{{display:block;width:100%;height:20px;padding:0;border:0;outline:0;background:none;color:{ink}}}"
            f".field:focus-within{{border:2px solid {tone};padding:2px 9px;box-shadow:0 0 0 2px {tone}55}}.field:focus-within span{{color:{tone}}}"
            f".rows{{display:flex;flex-direction:column;margin-bottom:8px}}.apart{{gap:5px}}.joined{{border:1px solid {line};border-radius:{self.radius}px;overflow:hidden}}"
            f".row{{display:flex;align-items:center;gap:10px;min-height:40px;padding:2px 12px;background:{card};color:{ink};border:0;text-align:left;cursor:pointer}}"
            f".joined .row+.row{{border-top:1px solid {line}}}.apart .row{{border:1px solid {line};border-radius:{self.radius}px}}"
            f".row span{{flex:1;min-width:0}}.row b{{display:block;font-weight:600;line-height:1.2}}.row small{{display:block;font-size:13px;color:{faint};line-height:1.2;white-space:nowrap;overflow:hidden}}.row em{{color:{faint}}}"
            f".tick,.radio,.switch{{display:block;flex:none;width:20px;height:20px;border:2px solid {line};position:relative}}.tick{{border-radius:5px}}.radio,.switch{{border-radius:12px}}.switch{{width:38px;background:{line}}}"
            f".on{{background:{tone};border-color:{tone}}}.tick.on::after{{content:'';position:absolute;left:5px;top:1px;width:4px;height:9px;border:solid {card};border-width:0 2px 2px 0;transform:rotate(45deg)}}"
            f".radio.on::after{{content:'';position:absolute;inset:4px;border-radius:8px;background:{card}}}.switch::after{{content:'';position:absolute;top:0;left:0;width:16px;height:16px;border-radius:8px;background:#fff}}.switch.on::after{{left:18px}}"
            f".buttons{{display:flex;gap:8px;flex-direction:row}}.right{{justify-content:flex-end}}.wide .main{{flex:1}}"
            f".main,.plain{{height:38px;padding:0 20px;border-radius:{self.radius}px;cursor:pointer;font-weight:600;white-space:nowrap}}.main{{background:{main};color:#fff;border:1px solid {main}}}.plain{{background:{card};color:{ink};border:1px solid {line}}}"
            f".veil{{position:fixed;inset:0;background:#0007}}.banner{{position:fixed;left:0;right:0;bottom:0;padding:14px 16px;background:{card};color:{ink};border-radius:{self.radius}px {self.radius}px 0 0}}"
        )
