"""Find something on a picture: prints the point and saves the picture with it marked."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

from ...actions.errors import ModelError, UserError
from ...actions.types import Size
from .options import add_json, add_model


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `ground`."""
    parser.add_argument("image", metavar="IMAGE", help="a picture file")
    parser.add_argument("what", metavar="WHAT", help='what to find, such as "the search button"')
    parser.add_argument(
        "--out", metavar="PNG", help="the marked picture (default: IMAGE-marked.png)"
    )
    add_json(parser)
    add_model(parser)


def run(args: argparse.Namespace) -> int:
    """Ask the model, mark the picture."""
    from ..marks import draw
    from ..pointing import point_at
    from .choose import open_brain

    source = Path(args.image)
    png, size = read_picture(source)
    out = Path(args.out) if args.out else source.with_name(f"{source.stem}-marked.png")
    with open_brain(args, _aside) as brain:
        found = point_at(args.what, png, size, brain.model, brain.dialect)
    if found.at is None:
        raise ModelError(f"the model's answer is no point: {found.refusal}")
    _save(out, draw(png, found.at))
    if args.json:
        print(json.dumps({"x": found.at.x, "y": found.at.y, "marked": str(out),
                          "reply": found.reply.text, "model": brain.model.name}))  # fmt: skip
    else:
        print(f"({found.at.x}, {found.at.y}) of {size}, marked in {out}")
    return 0


def _aside(line: str) -> None:
    print(line, file=sys.stderr)


def read_picture(source: Path) -> tuple[bytes, Size]:
    """A picture file as PNG, RGB; UserError when it is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(source) as picture:
            plain = picture.convert("RGB")
    except FileNotFoundError as error:
        raise UserError(f"there is no file {source}; name a picture") from error
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise UserError(f"{source} is no picture that can be read; use PNG or JPEG") from error
    out = io.BytesIO()
    plain.save(out, "PNG")
    return out.getvalue(), Size(*plain.size)


def _save(out: Path, png: bytes) -> None:
    try:
        out.write_bytes(png)
    except OSError as error:
        raise UserError(f"cannot write {out} ({error.strerror}); choose another --out") from error
