"""What the commands do, apart from how they are typed and shown: each a function from plain arguments to values.

Nothing is gathered here, so that a command that reads three words does not load the database.
"""
