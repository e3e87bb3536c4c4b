"""``python -m tuntas`` is the command line."""

from tuntas.cli import main

main()
