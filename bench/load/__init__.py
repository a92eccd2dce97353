"""A working day of a workshop chain through the HTTP API, beside a peer with the same routes."""
