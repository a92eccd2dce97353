"""The command `recado`: what operators do to a deployment, and what they ask it."""
