"""Asks providers about accounts, one provider a file."""
