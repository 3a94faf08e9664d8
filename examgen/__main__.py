from examgen.cli import cli

cli()
