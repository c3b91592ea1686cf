"""The commands of :mod:`matcher.cli`, by what they do; these and the command line alone use typer and rich."""
