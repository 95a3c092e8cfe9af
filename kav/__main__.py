"""`python -m kav` in the repository."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
