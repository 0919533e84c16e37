"""`python -m fancast`, and the command `fancast`."""

from fancast.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
