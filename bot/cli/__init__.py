"""The door: what a person types, and what he sees. Argument parsing and printing, nothing else."""

from __future__ import annotations

from bot.cli.door import main

__all__ = ["main"]
