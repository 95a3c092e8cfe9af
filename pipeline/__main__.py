"""`python -m kav` where Kav is installed."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
