import csv
import io
import json
from itertools import pairwise

import pypdfium2
import pytest
from exam_samples import ITEMS, PICTURES, candidates, make_exam, one_item_exam

from examgen.cli import cli
from examgen.errors import ContentError, ExamgenError
from examgen.model import Answer, Candidate, Item
from examgen.paper import PaperCode, own_answers, read_keys
from examgen.questions import QUESTIONS, mark_answer
from examgen.render import Look
from examgen.render.run import Printout, Wanted, manifest_csv, print_candidates, print_forms, read_pictures

# Few items, of kinds that are mixed: these tests are about who gets what.
FEW = (ITEMS[0], ITEMS[3], ITEMS[7], ITEMS[8], ITEMS[10], ITEMS[11])
EXAM = make_exam("A", "B", items=FEW)
TINY = make_exam("A", "B", items=(ITEMS[0], ITEMS[3]))
PDF = Wanted(formats=("pdf",), sorts=("paper",), look=Look(pictures=PICTURES))


def exam_folder(tmp_path, exam=EXAM):
    folder = tmp_path / "exam"
    (folder / "assets").mkdir(parents=True)
    (folder / "exam.json").write_text(exam.model_dump_json(), encoding="utf-8")
    for name, data in PICTURES.items():
        (folder / "assets" / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The papers of six candidates in four versions of two forms."""
    folder = tmp_path_factory.mktemp("papers")
    return folder, print_candidates(EXAM, candidates(6), folder, PDF, versions=4)


def test_every_page_has_the_candidates_name_number_and_code(printed):
    zxingcpp = pytest.importorskip("zxingcpp")
    folder, manifest = printed

    for one in manifest:
        pages = pypdfium2.PdfDocument(folder / one.file)
        texts = [page.get_textpage().get_text_bounded() for page in pages]
        codes = [zxingcpp.read_barcodes(page.render(scale=3).to_pil())[0].text for page in pages]
        assert [one.name in text and one.candidate_id in text for text in texts] == [True] * one.pages
        assert [PaperCode.read(code) for code in codes] == [
            PaperCode(EXAM.id, one.version, one.candidate_id, number + 1) for number in range(one.pages)
        ]


def test_forms_and_versions_are_spread_and_neighbours_differ(printed):
    _, manifest = printed

    versions = [one.version for one in manifest]
    assert sorted(set(versions)) == ["A1", "A2", "B1", "B2"]
    assert all(one.version.startswith(one.form) for one in manifest)
    assert all(left != right for left, right in pairwise(versions))


def test_the_manifest_lists_all_files(printed):
    folder, manifest = printed

    rows = list(csv.DictReader(io.StringIO((folder / "manifest.csv").read_text(encoding="utf-8"))))

    assert [(row["candidate_id"], row["name"], row["file"], row["sha256"]) for row in rows] == [
        (one.candidate_id, one.name, one.file, one.sha256) for one in manifest
    ]
    assert sorted(path.name for path in (folder / "papers").iterdir()) == sorted(row["file"][7:] for row in rows)


def test_keys_turn_what_the_paper_prints_into_full_marks(printed):
    folder, manifest = printed
    keys = read_keys(folder / "keys.jsonl")
    by_id = {item.id: item for item in ITEMS}

    for one in manifest:
        key = keys[one.candidate_id]
        for entry in key.items:
            item = by_id[entry.item_id]
            if item.kind in ("single_choice", "multiple_choice", "ordering"):
                order = entry.orders.get("")
                right = QUESTIONS[item.kind].key(item).split(",")
                own = list(order or sorted(right))
                letters = sorted(own) if order else own
                answer = ",".join(letters[own.index(letter)] for letter in right) if order else ",".join(right)
                given = Answer(candidate_id=one.candidate_id, item_id=item.id, answer=answer)
                (turned,) = own_answers([given], keys, FEW)
                assert mark_answer(item, turned.answer).score == item.max_score


def test_the_same_bytes_whatever_the_processes(tmp_path):
    one, two = (
        print_candidates(TINY, candidates(4), tmp_path / str(count), PDF, versions=2, processes=count)
        for count in (1, 2)
    )

    assert one == two


def cut_short(exam, folder, after: int) -> list[tuple[int, int]]:
    """Begin a run that is ended from outside."""

    def stop(done, total):
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        print_candidates(exam, candidates(4), folder, PDF, versions=2, processes=1, progress=stop)


def steps_of(exam, folder) -> list[tuple[int, int]]:
    steps = []
    print_candidates(
        exam, candidates(4), folder, PDF, versions=2, processes=1, progress=lambda *step: steps.append(step)
    )
    return steps


def test_a_run_cut_short_goes_on_where_it_stopped(tmp_path):
    cut_short(TINY, tmp_path, after=3)
    with (tmp_path / "papers" / ".finished.jsonl").open("a", encoding="utf-8") as journal:
        journal.write('{"of": "half a li')

    assert steps_of(TINY, tmp_path) == [(3, 4), (4, 4)]
    assert steps_of(TINY, tmp_path) == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_papers_of_another_exam_are_not_kept(tmp_path):
    cut_short(TINY, tmp_path, after=3)

    assert steps_of(TINY.model_copy(update={"title": "另一场笔试"}), tmp_path)[0] == (0, 4)


def test_an_order_of_ones_own(tmp_path):
    manifest = print_candidates(TINY, candidates(3), tmp_path, PDF, individual=True)

    keys = read_keys(tmp_path / "keys.jsonl")
    orders = {json.dumps([entry.model_dump(exclude={"number"}) for entry in key.items]) for key in keys.values()}
    assert len(orders) == 3
    assert [one.version for one in manifest] == [keys[one.candidate_id].form for one in manifest]


@pytest.mark.parametrize("individual", [False, True])
def test_a_print_run_holds_all_papers_each_on_the_front_of_a_sheet(tmp_path, individual):
    people = candidates(3)

    manifest = print_candidates(TINY, people, tmp_path, PDF, versions=2, individual=individual, one_run=True)

    run = pypdfium2.PdfDocument(tmp_path / ("print-run-1.pdf" if individual else "print-run.pdf"))
    at = 0
    for one in manifest:
        single = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(tmp_path / one.file)]
        assert [run[at + n].get_textpage().get_text_bounded() for n in range(one.pages)] == single
        at += one.pages + one.pages % 2
    assert len(run) == at


def test_names_that_no_font_has_are_refused_with_the_character(tmp_path):
    with pytest.raises(ContentError, match=r"list of candidates: no font has the character '😀' \(U\+1F600\)"):
        print_candidates(EXAM, [Candidate(candidate_id="1", name="😀")], tmp_path, PDF)


def test_numbers_that_differ_in_capitals_alone_are_refused(tmp_path):
    people = [Candidate(candidate_id="e1"), Candidate(candidate_id="E1")]

    with pytest.raises(ExamgenError, match="candidates 'e1' and 'E1' differ only in capital letters"):
        print_candidates(EXAM, people, tmp_path, PDF)


def test_the_forms_are_printed_in_all_sorts_and_formats(tmp_path):
    wanted = Wanted(sorts=("paper", "teacher", "scheme"), forms=("B",), look=Look(pictures=PICTURES))

    files = {one.file: one.pages for one in print_forms(TINY, tmp_path, wanted)}

    assert sorted(files) == [f"{sort}-B.{kind}" for sort in ("paper", "scheme", "teacher") for kind in ("html", "pdf")]
    assert all((tmp_path / file).stat().st_size > 10_000 for file in files)


def test_only_pictures_beside_the_exam_are_read(tmp_path):
    folder = exam_folder(tmp_path)
    (folder / "assets" / "notes.txt").write_text("secret", encoding="utf-8")

    assert sorted(read_pictures(folder)) == ["assets/curve.png", "curve.png"]


def test_the_command_prints_papers_for_candidates(runner, tmp_path):
    folder = exam_folder(tmp_path, TINY)
    people = tmp_path / "class.csv"
    people.write_text("准考证号,姓名\nE1,王小明\nE2,李涵\n", encoding="utf-8")
    out = tmp_path / "out"

    result = runner.invoke(
        cli,
        [
            "exam",
            "papers",
            str(folder),
            "-o",
            str(out),
            "--format",
            "pdf",
            "--candidates",
            str(people),
            "--versions",
            "2",
        ],
    )

    assert (result.exit_code, result.stdout) == (0, f"{out / 'manifest.csv'}\n")
    assert result.stderr == f"2 papers for 2 candidates, in 2 versions; keys in {out / 'keys.jsonl'}\n"
    assert sorted(path.name for path in out.iterdir()) == [
        "keys.jsonl",
        "manifest.csv",
        "papers",
        "scheme-A1.pdf",
        "scheme-B1.pdf",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--form", "C"], "Error: exam ml-2026 has no form C. Its forms: A, B.\n"),
        (["--size", "b5"], "Error: there is no page size 'b5'. Choose one of a4, a3, letter, 16k, large.\n"),
        (["--lang", "en"], "Error: exam ml-2026 has no item 'gap' in language 'en'. Add the item in that language"),
        (["--theme", "nowhere"], "Error: there is no theme 'nowhere'. Choose one of "),
    ],
)
def test_what_cannot_be_printed_is_told_in_one_line(runner, tmp_path, arguments, message):
    result = runner.invoke(cli, ["exam", "papers", str(exam_folder(tmp_path)), "-o", str(tmp_path / "out"), *arguments])

    assert result.exit_code == 1
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1


def test_an_unprintable_item_is_named_in_one_line(runner, tmp_path):
    exam = one_item_exam(Item(id="q", question="😀", reference="甲", max_score=1))

    result = runner.invoke(cli, ["exam", "papers", str(exam_folder(tmp_path, exam)), "-o", str(tmp_path / "out")])

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: item q: no font has the character '😀' (U+1F600). Write it in another way, or as a picture.\n"
    )


def test_no_cell_of_the_manifest_is_run_as_a_formula():
    printout = Printout("papers/a.pdf", "0f", pages=2, candidate_id="=1+1", name="-2+3|'calc'", version="A1")

    table = list(csv.reader(io.StringIO(manifest_csv([printout]))))

    assert table[1] == ["'=1+1", "'-2+3|'calc'", "", "A1", "papers/a.pdf", "2", "0f"]
