"""What the commands do, apart from how they are typed and shown: each a function from plain arguments to values."""

from __future__ import annotations

from bot.commands.accounts import (
    explain,
    looks,
    once,
    piles_of_accounts,
    planned_row,
    story_row,
)
from bot.commands.archives import Read, money_rows, pile_of_archive, readings, replay_files, when_row
from bot.commands.care import Check, doctor, init, instruct
from bot.commands.installing import install, unit_text
from bot.commands.ops import AccountStatus, Status, backup, forget, restore, serve, status
from bot.commands.paper import PaperQuote, add_quotes, paper_quotes
from bot.commands.words import lint, preview_of, preview_sample
from bot.config import defaults as default_config

__all__ = [
    "AccountStatus",
    "Check",
    "PaperQuote",
    "Read",
    "Status",
    "add_quotes",
    "backup",
    "default_config",
    "doctor",
    "explain",
    "forget",
    "init",
    "install",
    "instruct",
    "lint",
    "looks",
    "money_rows",
    "once",
    "paper_quotes",
    "pile_of_archive",
    "piles_of_accounts",
    "planned_row",
    "preview_of",
    "preview_sample",
    "readings",
    "replay_files",
    "restore",
    "serve",
    "status",
    "story_row",
    "unit_text",
    "when_row",
]
