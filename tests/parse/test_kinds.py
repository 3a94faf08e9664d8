"""Files that are not what their names say, or that are not read."""

import zipfile

import pytest

from examgen.errors import FileError
from examgen.parse import read_document

OLD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def message(path):
    with pytest.raises(FileError) as caught:
        read_document(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("a.doc", "Open it in Word or WPS and save it as .docx."),
        ("a.WPS", "Open it in Word or WPS and save it as .docx."),
        ("a.xls", "Open it in Excel or WPS and save it as .xlsx."),
        ("a.pdf", "Open it in Word and save it as .docx, or copy its text into a .txt file."),
    ],
)
def test_a_kind_that_is_not_read_says_what_to_do(tmp_path, name, fix):
    (tmp_path / name).write_bytes(OLD)

    assert message(tmp_path / name) == f"is of a kind that is not read: .{name[2:]}. {fix}"


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        (
            "a.docx",
            OLD,
            "is a document of an old Office, or one locked with a password. "
            "Open it in Word or WPS and save it as .docx, without a password.",
        ),
        (
            "a.txt",
            OLD,
            "is a document of an old Office, or one locked with a password. Save it as .docx, .xlsx or text.",
        ),
        (
            "a.docx",
            b"%PDF-1.4",
            "is a PDF. Open it in Word and save it as .docx, or copy its text into a .txt file.",
        ),
        (
            "a.xlsx",
            b"<table><tr>",
            "is a web page. Open it in Excel or WPS and save it as .xlsx.",
        ),
        (
            "a.xlsx",
            b"a,b\n",
            "is no office file, or is damaged. Save it again as .xlsx; a file of plain text is named .txt or .csv.",
        ),
    ],
)
def test_a_file_under_a_wrong_name_is_called_what_it_is(tmp_path, name, content, found):
    (tmp_path / name).write_bytes(content)

    assert message(tmp_path / name) == found


@pytest.mark.parametrize(
    ("name", "part", "found"),
    [
        ("a.docx", "xl/workbook.xml", "is an Excel workbook. Give it the suffix .xlsx."),
        ("a.csv", "word/document.xml", "is a Word document. Give it the suffix .docx."),
        ("a.docx", "ppt/presentation.xml", "is slides. Copy its text into a .docx or .txt file."),
    ],
)
def test_an_office_file_under_the_name_of_another_is_called_what_it_is(tmp_path, name, part, found):
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr(part, "<x/>")

    assert message(tmp_path / name) == found
