"""The command line. A command's module is imported only when that command runs, so help is quick."""

from __future__ import annotations

import importlib
import sys

import click

from examgen.errors import ExamgenError

# Name of the command -> (module that holds it as `command`, one line of help).
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("examgen.cli.demo", "See the whole thing work on the shipped bank."),
    "parse": ("examgen.cli.parse", "Read question documents into items."),
    "bank": ("examgen.cli.bank", "Make, extend and look at a bank."),
    "exam": ("examgen.cli.exam", "Build exams from a bank, and print them."),
    "grade": ("examgen.cli.grade", "Grade answers, with the evidence for each mark."),
    "review": ("examgen.cli.review", "Mark what a person should decide, on a local page."),
    "regrade": ("examgen.cli.regrade", "Show who changes after a changed key or grader."),
    "calibrate": ("examgen.cli.calibrate", "Learn from marked answers what a finding is worth."),
    "evaluate": ("examgen.cli.evaluate", "Measure marks against human marks."),
    "train": ("examgen.cli.train", "Train what looks for rubric points in answers."),
    "report": ("examgen.cli.report", "Show grades as pages and tables."),
    "export": ("examgen.cli.export", "Export the embedding model, to run without torch."),
    "bench": ("examgen.cli.bench", "Measure speed and memory on this machine."),
    "doctor": ("examgen.cli.doctor", "Tell what is installed and what is missing."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module on first use and prints an `ExamgenError` as one line."""

    def __init__(self, *args: object, lazy: dict[str, tuple[str, str]], **settings: object) -> None:
        super().__init__(*args, **settings)  # type: ignore[arg-type]
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.lazy:
            return None
        command: click.Command = importlib.import_module(self.lazy[name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in self.lazy.items()])


class Main(LazyGroup):
    """The outermost group: one line and exit code 1 for what a user can put right."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ExamgenError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            try:
                sys.stdout.flush()
            except BrokenPipeError:
                # The reader of our output, such as `head`, has what it wanted.
                sys.stderr.close()
                ctx.exit(1)
            raise


@click.group(
    cls=Main, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="openexamgen", prog_name="examgen")
def cli() -> None:
    """Turn question documents into a bank, exams, papers and marks.

    \b
    examgen demo          the whole main job on the shipped bank
    examgen doctor        what is installed, and what is missing
    """
