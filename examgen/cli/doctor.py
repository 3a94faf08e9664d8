"""``examgen doctor``: what is installed, what is missing, and the command that mends it."""

from __future__ import annotations

import click


@click.command("doctor")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Tell what examgen finds on this machine, and the command that mends what is missing.

    The exit code is 1 where something required is missing.
    """
    from examgen.doctor import diagnose

    findings = diagnose()
    for finding in findings:
        sign = "ok     " if finding.ok else "MISSING" if finding.required else "absent "
        click.echo(f"{sign}  {finding.name:<16} {finding.found}")
        if not finding.ok:
            click.echo(f"         {'':<16} -> {finding.fix}")
    if any(finding.broken for finding in findings):
        ctx.exit(1)
