"""Where the files that ship with the program are, installed or in a checkout, and how their pages are filled in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

PACKAGE = Path(__file__).parent


def shipped(kind: str) -> Path:
    """The folder ``banks`` or ``templates``.

    In a checkout it stands beside the package; the wheel carries it inside.
    """
    inside = PACKAGE / "_shipped" / kind
    return inside if inside.is_dir() else PACKAGE.parent / kind


def page_templates(*folders: Path | str, keep_trailing_newline: bool = False) -> Environment:
    """The templates in these folders, the first that has one; what they are given is escaped, and nothing may lack."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=keep_trailing_newline,
    )
