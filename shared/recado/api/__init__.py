"""The HTTP API: what clients see, who they are, how errors are told."""
