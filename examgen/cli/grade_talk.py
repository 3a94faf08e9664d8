"""What ``examgen grade`` says on stderr: lines for people, JSON for programs, and a bar where it is a terminal."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from examgen.cli.judge_options import told
from examgen.cli.talk import say

if TYPE_CHECKING:
    from examgen.engines import Progress, Summary
    from examgen.judge.opinion import Stats

# Lines of a log come no closer than this.
LOG_SECONDS = 5


class Talk:
    """The words of one run."""

    def __init__(self, source: str, form: str, quiet: bool) -> None:
        """Prepare to speak.

        Args:
            source: what is graded.
            form: ``text`` or ``json``.
            quiet: say nothing at all.
        """
        self.source, self.form, self.quiet = source, form, quiet

    def say(self, event: str, text: str, **fields: Any) -> None:
        """Say one thing: as a text, or as an event with its fields."""
        if self.quiet:
            return
        if self.form == "json":
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            text = json.dumps({"time": stamp, "event": event, **fields}, ensure_ascii=False)
        say(text)

    def done(self, summary: Summary) -> None:
        """The run is done."""
        again = f" ({summary.resumed} from an earlier run)" if summary.resumed else ""
        waiting = summary.review + summary.ungraded
        text = (
            f"{summary.answers} answers{again}: {summary.graded} graded, {waiting} for a human "
            f"({summary.review} to review, {summary.ungraded} not graded), {summary.seconds:.1f} s"
        )
        self.say("done", text, **summary.as_json())

    def again(self, summary: Summary) -> None:
        """An earlier run had done it all."""
        self.say("skipped", f"the run {summary.run_key!r} is done: {summary.answers} answers", run_key=summary.run_key)

    def judge(self, stats: Stats, budget_calls: int | None) -> None:
        """What the judge has cost."""
        fields = {"calls": stats.calls, "cached": stats.cached, "tokens": stats.tokens, "waiting": stats.waiting}
        self.say("judge", told(stats, budget_calls), **fields)

    @contextmanager
    def progress(self, stats: Stats | None = None) -> Iterator[Progress]:
        """Show how far the run is while the block runs."""
        from rich.console import Console

        from examgen.engines import count_answers

        console = Console(stderr=True)
        if self.quiet or (self.form == "text" and not console.is_terminal):
            yield lambda done, resumed: None
        elif self.form == "json":
            yield self._logged(count_answers(self.source))
        else:
            yield from _bar(console, count_answers(self.source), stats)

    def _logged(self, total: int | None) -> Progress:
        started = last = time.monotonic()
        rows = old = 0
        self.say("start", "", answers=total)

        def progress(done: int, resumed: int) -> None:
            nonlocal last, rows, old
            rows, old, now = rows + done, old + resumed, time.monotonic()
            if now - last >= LOG_SECONDS:
                last = now
                self.say("progress", "", done=rows, answers=total, per_second=round((rows - old) / (now - started), 1))

        return progress


def _bar(console: Any, total: int | None, stats: Stats | None) -> Iterator[Progress]:
    """A bar with rate and time left."""
    from rich import progress as parts
    from rich.text import Text

    class Rate(parts.ProgressColumn):
        def render(self, task: parts.Task) -> Text:
            return Text(f"{task.speed or 0:,.0f}/s")

    class Asked(parts.ProgressColumn):
        def render(self, task: parts.Task) -> Text:
            return Text(told(stats) if stats else "")

    columns = (
        parts.TextColumn("grading"),
        parts.BarColumn(),
        parts.MofNCompleteColumn(),
        Rate(),
        parts.TimeRemainingColumn(),
        Asked(),
    )
    with parts.Progress(*columns, console=console, transient=True, speed_estimate_period=60) as bars:
        task = bars.add_task("grading", total=total)
        yield lambda done, resumed: bars.advance(task, done)
