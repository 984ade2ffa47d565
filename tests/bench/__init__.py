"""How fast and how small: `python -m tests.bench`."""
