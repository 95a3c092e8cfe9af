"""Kav's command line: see `python run.py --help`."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
