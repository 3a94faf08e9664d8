"""The options of a judge, the same for every command that marks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from examgen.errors import ExamgenError

if TYPE_CHECKING:
    from examgen.engines import GraderSetup
    from examgen.judge import JudgedSetup, JudgeSettings
    from examgen.judge.opinion import Stats

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class JudgeOptions:
    """What was said about the judge on the command line."""

    url: str | None
    model: str | None
    scope: str
    allow_remote: bool
    budget: str | None
    concurrency: int
    rate: float
    timeout: float
    asks: int
    margin: float | None
    extra: str | None
    cache: Path | None
    calibration: Path | None
    dry_run: bool

    def settings(self, workers: int = 1) -> JudgeSettings | None:
        """The settings of the judge; None where none was named.

        Raises:
            ExamgenError: an option holds what it should not.
        """
        from examgen.embed.store import cache_dir
        from examgen.judge import Budget, JudgeSettings
        from examgen.judge.client import Address, Limits

        if self.url is None:
            if self.model or self.dry_run or self.budget or self.allow_remote:
                raise click.UsageError("A judge needs its address: --judge URL.")
            return None
        if not self.model:
            raise click.UsageError("A judge needs the name of its model: --judge-model NAME.")
        return JudgeSettings(
            url=Address.read(self.url, self.allow_remote).url,
            model=self.model,
            cache=self.cache or cache_dir() / "judge.sqlite",
            allow_remote=self.allow_remote,
            asks=self.asks,
            budget=Budget.read(self.budget) if self.budget else Budget(),
            limits=Limits(max(1, self.concurrency // workers), self.rate / workers, self.timeout),
            extra=_extra(self.extra),
            dry_run=self.dry_run,
        )

    def setup(self, local: GraderSetup, workers: int = 1) -> JudgedSetup | None:
        """The grader with its judge; None where no judge was named.

        Raises:
            ExamgenError: an option holds what it should not, or the calibration is another judge's.
        """
        from examgen.judge import JudgedSetup, JudgeRule, load_judge_calibration
        from examgen.judge.combine import MARGIN, assumed

        settings = self.settings(workers)
        if settings is None:
            return None
        calibration = load_judge_calibration(self.calibration) if self.calibration else assumed()
        if calibration.judge not in ("", settings.fingerprint):
            raise ExamgenError(
                f"{self.calibration}: was made with another judge, wording or setting",
                "Make it anew with 'examgen evaluate --judge'.",
            )
        margin = MARGIN if self.margin is None else self.margin
        return JudgedSetup(local, settings, JudgeRule(self.scope, margin, calibration))  # type: ignore[arg-type]


def _extra(text: str | None) -> dict[str, Any]:
    import json

    try:
        extra = json.loads(text or "{}")
    except ValueError as error:
        raise ExamgenError(
            f"--judge-extra is not JSON: {error}", """Give an object such as '{"seed": 1}'."""
        ) from error
    if not isinstance(extra, dict) or {"messages", "model", "stream"} & set(extra):
        raise ExamgenError("--judge-extra holds what is set elsewhere", """Give an object such as '{"seed": 1}'.""")
    return extra


def judge_options(command: Command) -> Command:
    """Add the options of a judge; the command gets them as ``judge``, a `JudgeOptions`."""
    path = click.Path(path_type=Path)
    options = [
        click.option("--judge", "judge_url", metavar="URL", help="OpenAI-compatible server for a second opinion."),
        click.option("--judge-model", metavar="NAME", help="Its model."),
        click.option("--judge-all", "judge_scope", flag_value="all", help="Ask about all, not only the doubtful."),
        click.option("--judge-none", "judge_scope", flag_value="none", help="Ask about none."),
        click.option("--allow-remote", is_flag=True, help="Let answers leave this machine."),
        click.option("--judge-budget", metavar="N", help="Stop asking after so many calls, or '200k tokens'."),
        click.option("--judge-concurrency", default=16, help="Calls at once (16).", type=click.IntRange(1, 256)),
        click.option("--judge-rate", default=0.0, type=click.FloatRange(0), help="Calls a minute (any)."),
        click.option("--judge-timeout", default=60.0, type=click.FloatRange(0.1), help="Seconds a reply (60)."),
        click.option("--judge-asks", default=2, type=click.IntRange(1, 3), help="Frames that have to agree (2)."),
        click.option("--judge-margin", type=click.FloatRange(0, 1), help="Largest distance to the local mark (0.5)."),
        click.option("--judge-extra", metavar="JSON", help="Goes into every request."),
        click.option("--judge-cache", type=path, help="File of replies.  [default: in the user's cache]"),
        click.option("--judge-calibration", type=path, help="Made by 'examgen evaluate --judge'."),
        click.option("--judge-dry-run", is_flag=True, help="Only estimate calls and tokens."),
    ]  # fmt: skip

    @functools.wraps(command)
    def wrapped(*args: Any, **given: Any) -> Any:
        scope = given.pop("judge_scope", None) or "review"
        names = ("model", "budget", "concurrency", "rate", "timeout", "asks", "margin", "extra", "cache", "calibration")
        judge = JudgeOptions(
            url=given.pop("judge_url"),
            scope=scope,
            allow_remote=given.pop("allow_remote"),
            dry_run=given.pop("judge_dry_run"),
            **{name: given.pop(f"judge_{name}") for name in names},
        )
        return command(*args, judge=judge, **given)

    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def told(stats: Stats, budget_calls: int | None = None) -> str:
    """What asking has cost, in a line."""
    left = f" of {budget_calls}" if budget_calls is not None else ""
    waiting = f", {stats.waiting} answers left" if stats.waiting else ""
    return f"judge: {stats.calls}{left} calls, {stats.cached} cached, {stats.tokens} tokens{waiting}"


def estimate(stats: Stats) -> str:
    """What asking would cost, in a line."""
    return f"{stats.calls} calls of about {stats.tokens} tokens in all; {stats.cached} replies are there already"
