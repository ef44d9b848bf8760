"""The gate in front of every action: what it would do that cannot be undone, and who must agree.

Independent of the model: judged from the typed action, from what the page calls the thing under
it, and from addresses. Not covered: a page that names its buttons wrongly, a picture of a button
that the page gives no name, and what scripts do by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from ..actions.types import Action, Click, GoTo, OpenApp, Point, Press, Type
from ..envs.base import Label, Labels, Observation
from .approve import Approver
from .episode import Ruling

Kind = Literal["pay", "send", "delete", "install", "credentials", "download", "upload", "leave"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_SECRET: tuple[Kind, ...] = ("credentials",)

_WORDS: dict[Kind, str] = {
    "pay": "pay|buy|purchase|order now|place (?:your )?order|checkout|check out|confirm booking|"
    "confirm and pay|book now|complete booking|donate|subscribe|bid|transfer|withdraw|"
    "kaufen|bezahlen|zahlen|kostenpflichtig|bestellen|überweisen|acheter|payer|commander|virement|"
    "comprar|pagar|acquista|paga|ordina|betalen|kopen|купить|оплатить|заказать|购买|支付|付款|下单|"
    "購入|支払",
    "send": "send|submit|post|publish|share|reply|tweet|apply now|"
    "sign (?:the )?(?:document|contract)|"
    "senden|abschicken|absenden|veröffentlichen|teilen|antworten|envoyer|publier|partager|enviar|"
    "publicar|compartir|invia|pubblica|verzenden|versturen|отправить|опубликовать|发送|提交|发布|分享|"
    "送信|投稿",
    "delete": "delete|remove|erase|discard|wipe|format|reset|clear all|empty trash|deactivate|"
    "close account|cancel (?:subscription|order|booking)|unsubscribe|löschen|entfernen|verwerfen|"
    "zurücksetzen|kündigen|supprimer|effacer|eliminar|borrar|elimina|cancella|verwijderen|wissen|"
    "удалить|删除|移除|清空|削除",
    "install": "install|add extension|add to chrome|update now|run anyway|enable macros|"
    "allow unknown|installieren|installer|instalar|installa|установить|安装|インストール",
    "credentials": "log ?in|sign ?in|log ?on|authori[sz]e|grant access|allow access|"
    "anmelden|einloggen|se connecter|connexion|iniciar sesión|accedi|inloggen|войти|登录|登入|"
    "ログイン",
    "download": "download|herunterladen|télécharger|descargar|scarica|скачать|下载|ダウンロード",
    "upload": "upload|choose file|attach|hochladen|anhängen|téléverser|subir archivo|carica|"
    "загрузить|прикрепить|上传|附件|アップロード",
}
_LATIN = re.compile(r"[a-zà-ÿœßа-яё]", re.IGNORECASE)


def _pattern(words: str) -> re.Pattern[str]:
    # Words of alphabets stand alone; Chinese and Japanese are written without spaces.
    parts = [rf"\b(?:{w})\b" if _LATIN.search(w) else w for w in _split(words)]
    return re.compile("|".join(parts), re.IGNORECASE)


def _split(words: str) -> list[str]:
    """At the bars that are outside of groups."""
    return re.split(r"\|(?![^(]*\))", words)


PATTERNS: dict[Kind, re.Pattern[str]] = {kind: _pattern(words) for kind, words in _WORDS.items()}


@dataclass(frozen=True)
class Policy:
    """What may happen without being asked, and what may not happen at all; the rest is asked."""

    allow: frozenset[Kind] = frozenset()
    deny: frozenset[Kind] = frozenset()


def kinds(action: Action, label: Label | None, where: str) -> frozenset[Kind]:
    """What an action would do that cannot be taken back, as far as can be told beforehand."""
    match action:
        case GoTo(url=url):
            return frozenset({"leave"}) if leaves(where, url) else frozenset()
        case Click() if label:
            return of_click(label, where)
        case Press(keys=keys) if label and {"enter", "space"} & set(keys):
            return of_enter(label) if "enter" in keys else of_click(label, where)
        case Type(text=text) if label:
            typed: frozenset[Kind] = of_enter(label) if "\n" in text else frozenset()
            return typed.union(_SECRET) if label.type == "password" else typed
        case OpenApp():
            return frozenset()
        case _:
            return frozenset()


def named(words: str) -> frozenset[Kind]:
    """The kinds that words name."""
    return frozenset(kind for kind, known in PATTERNS.items() if known.search(words))


def of_click(label: Label, where: str) -> frozenset[Kind]:
    """What the words and the kind of a clicked thing say."""
    if label.tag in ("textarea", "select") or (label.tag == "input" and label.type in _ENTRIES):
        return frozenset()
    found = set(named(label.text))
    if label.download:
        found.add("download")
    if label.type == "file":
        found.add("upload")
    if label.type in ("submit", "image") or (label.tag == "button" and label.type == ""):
        found |= of_form(label)
    if label.href and leaves(where, label.href):
        found.add("leave")
    return frozenset(found)


_ENTRIES = ("", "text", "search", "email", "tel", "url", "number", "date", "password", "time")


def of_enter(label: Label) -> frozenset[Kind]:
    """Enter sends the form that the caret is in, or presses what has the focus."""
    if label.tag == "textarea":
        return frozenset()
    words = f"{label.form} {label.text if label.tag in ('a', 'button') else ''}"
    return named(words) | of_form(label)


def of_form(label: Label) -> set[Kind]:
    """What a form asks for tells what sending it gives away."""
    found: set[Kind] = set()
    if "password" in label.asks:
        found.add("credentials")
    if "cc-number" in label.asks or re.search("card.?number|iban", label.asks, re.IGNORECASE):
        found.add("pay")
    if "file " in label.asks:
        found.add("upload")
    return found


def leaves(where: str, url: str) -> bool:
    """Whether an address is of another site than the page in front."""
    here, there = urlsplit(where), urlsplit(url)
    if there.scheme not in ("http", "https") or here.scheme not in ("http", "https"):
        return there.scheme in ("http", "https") and here.scheme in ("http", "https")
    return there.hostname != here.hostname


def gated(
    inner: Approver, policy: Policy, env: object, ask: Callable[[str], bool] | None = None
) -> Approver:
    """The same approver behind the gate. `ask` shows a question to a person; None: nobody is there.

    What must be asked for and cannot be is refused, and the run ends: a second try would meet the
    same gate.
    """

    def approve(action: Action, seen: Observation) -> Ruling:
        found = kinds(action, label_of(env, action), seen.where)
        if denied := found & policy.deny:
            return Ruling("stop", f"{said(denied)} is denied")
        open_ = found - policy.allow
        if open_ and ask is None:
            return Ruling(
                "stop", f"{said(open_)} needs a person's word: --allow {','.join(sorted(open_))}"
            )
        if open_ and ask is not None and not ask(said(open_)):
            return Ruling("refuse", f"the user refused to {said(open_)}")
        ruling = inner(action, seen)
        return (
            ruling if not found or ruling.note else Ruling(ruling.verdict, f"gate: {said(found)}")
        )

    return approve


def label_of(env: object, action: Action) -> Label | None:
    """What the environment calls the thing that the action is for."""
    if not isinstance(env, Labels) or not isinstance(action, Click | Press | Type):
        return None
    at: Point | None = action.at if isinstance(action, Click) else None
    return env.label(at)


def said(found: frozenset[Kind]) -> str:
    """Kinds in words."""
    return " and ".join(sorted(found))
