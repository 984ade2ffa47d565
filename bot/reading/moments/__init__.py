"""The grammar behind bot/reading/dates.py: words become tags, tags become spans of days."""
