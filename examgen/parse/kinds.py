"""What a file is, whatever its name says, and how to make of it one that is read."""

from __future__ import annotations

import zipfile
from pathlib import Path

from examgen.errors import FileError

HEAD_BYTES = 512
_WORD = "Open it in Word or WPS and save it as .docx."
_EXCEL = "Open it in Excel or WPS and save it as .xlsx."
_TEXT = "Copy its text into a .docx or .txt file."
# What to do with documents of the kinds that people have lying about.
ADVICE = {
    **dict.fromkeys((".doc", ".dot", ".wps", ".wpt", ".rtf", ".odt", ".pages"), _WORD),
    **dict.fromkeys((".xls", ".xlsb", ".et", ".ods", ".numbers"), _EXCEL),
    **dict.fromkeys(
        (".html", ".htm", ".mht"), "Open it in Word and save it as .docx, or copy its text into a .txt file."
    ),
    ".pdf": "Open it in Word and save it as .docx, or copy its text into a .txt file.",
    **dict.fromkeys((".ppt", ".pptx", ".dps", ".epub", ".caj"), _TEXT),
    **dict.fromkeys((".png", ".jpg", ".jpeg"), "Read its text with a program for that, and save it as .txt."),
    **dict.fromkeys((".zip", ".rar", ".7z"), "Unpack it and give the documents."),
}
_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old Office, or one locked with a password"),
    (b"%PDF-", "a PDF"),
    (b"{\\rtf", "an RTF document"),
)
_SAVE = {
    ".docx": "Open it in Word or WPS and save it as .docx, without a password.",
    ".xlsx": "Open it in Excel or WPS and save it as .xlsx, without a password.",
}
_PARTS = {"word/": ("a Word document", ".docx"), "xl/": ("an Excel workbook", ".xlsx"), "ppt/": ("slides", ".pptx")}
OFFICE = {".docx": ".docx", ".docm": ".docx", ".dotx": ".docx", ".xlsx": ".xlsx", ".xlsm": ".xlsx", ".xltx": ".xlsx"}


def check_kind(path: Path) -> None:
    """Make sure that a file is what its name says, as far as its first bytes tell.

    A file that is missing is left to whoever reads it.

    Raises:
        FileError: it is of another kind; the message says which, and what to do.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return
    wanted = OFFICE.get(path.suffix.lower(), "")
    for magic, what in _MAGIC:
        if head.startswith(magic):
            fix = _SAVE.get(wanted, "Save it as .docx, .xlsx or text.") if magic[:1] == b"\xd0" else ADVICE[".pdf"]
            raise FileError(str(path), None, f"is {what}", fix)
    what, suffix = _archive(path) if head.startswith(b"PK") else ("", "")
    if what and suffix != wanted:
        fix = f"Give it the suffix {suffix}." if suffix in OFFICE else _TEXT
        raise FileError(str(path), None, f"is {what}", fix)
    if wanted and not head.startswith(b"PK") and head:
        page = (
            head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype html", b"<table", b"<meta"))
        )
        what = "a web page" if page else "no office file, or is damaged"
        fix = (
            (_WORD if wanted == ".docx" else _EXCEL)
            if page
            else f"Save it again as {wanted}; a file of plain text is named .txt or .csv."
        )
        raise FileError(str(path), None, f"is {what}", fix)


def _archive(path: Path) -> tuple[str, str]:
    """What an archive holds and its suffix; empty where it is no office document, or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return "", ""
    return next((kind for part, kind in _PARTS.items() if any(name.startswith(part) for name in names)), ("", ""))
