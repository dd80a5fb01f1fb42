"""`python -m genspace_core` is the same as `genspace`."""

from genspace_core.cli.main import main

if __name__ == "__main__":
    main()
