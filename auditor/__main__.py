"""Lets ``python -m auditor`` run the command line."""

from auditor.cli import main

main()
