"""The demo's world: an invented rep, his customers and what they answer, as data (the .yaml files), and what makes mails of it."""
