"""A run in which everything fails now and then, and a count of what was lost, doubled or stuck."""
