"""The only memory: what was seen, what stands, what the rep said. `base` is the protocol, `sql` the one that keeps
it."""
