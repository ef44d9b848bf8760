"""Kinds of effects that cannot be undone, and the words that name them."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, get_args

Kind = Literal[
    "pay", "send", "delete", "install", "credentials", "download", "upload", "leave", "unnamed"
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

_WORDS: dict[Kind, str] = {
    "pay": "pay|buy|purchase|order now|place (?:your )?order|checkout|check out|confirm booking|"
    "confirm and pay|book now|complete booking|donate|subscribe|bid|transfer|withdraw|"
    "kaufen|bezahlen|zahlen|kostenpflichtig|bestellen|überweisen|acheter|payer|commander|virement|"
    "comprar|pagar|acquista|paga|ordina|betalen|kopen|купить|оплатить|заказать|购买|支付|付款|下单|"
    "購入|支払|결제|구매|송금|satın al|öde|kup teraz|zapłać|ادفع|شراء|تحويل",
    "send": "send|submit|post|publish|share|reply|tweet|apply now|"
    "sign (?:the )?(?:document|contract)|"
    "senden|abschicken|absenden|veröffentlichen|teilen|antworten|envoyer|publier|partager|enviar|"
    "publicar|compartir|invia|pubblica|verzenden|versturen|отправить|опубликовать|发送|提交|发布|分享|"
    "送信|投稿|보내기|전송|게시|gönder|wyślij|إرسال|نشر",
    "delete": "delete|remove|erase|discard|wipe|format|reset|clear all|empty trash|deactivate|"
    "close account|cancel (?:subscription|order|booking)|unsubscribe|löschen|entfernen|verwerfen|"
    "zurücksetzen|kündigen|supprimer|effacer|eliminar|borrar|elimina|cancella|verwijderen|wissen|"
    "удалить|删除|移除|清空|削除|삭제|제거|sil|usuń|excluir|apagar|حذف|إزالة",
    "install": "install|add extension|add to chrome|update now|run anyway|enable macros|"
    "allow unknown|installieren|installer|instalar|installa|установить|安装|インストール|"
    "설치|zainstaluj|yükle|تثبيت",
    "credentials": "log ?in|sign ?in|log ?on|authori[sz]e|grant access|allow access|"
    "anmelden|einloggen|se connecter|connexion|iniciar sesión|accedi|inloggen|войти|登录|登入|"
    "ログイン|로그인|giriş yap|zaloguj|entrar|تسجيل الدخول",
    "download": "download|herunterladen|télécharger|descargar|scarica|скачать|下载|ダウンロード|"
    "다운로드|indir|pobierz|baixar|تنزيل",
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


_CAPTION = re.compile(r"\W*(?:book\W*)+(?:\d\d?[:.]\d\d\W*)*", re.IGNORECASE)
"""A button that only says Book; in prose that is a thing to read."""
_TWINS = str.maketrans(
    "асеорхуіјѕԁԛԝһвкмнтгпАСЕОРХУІЈЅВКМНТΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορν",
    "aceopxyijsdqwhbkmhtrnACEOPXYIJSBKMHTABEZHIKMNOPTYXaopv",
)
"""Cyrillic and Greek letters, and the Latin ones that look like them."""


def named(words: str) -> frozenset[Kind]:
    """The kinds that words name, as they are written and as they look."""
    plain = unicodedata.normalize("NFKC", words)
    plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    looks = (plain, plain.translate(_TWINS))
    found: set[Kind] = {kind for kind, known in PATTERNS.items() if any(map(known.search, looks))}
    if _CAPTION.fullmatch(plain.strip()):
        found.add("pay")
    return frozenset(found)
