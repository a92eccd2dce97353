"""The tables: one repository a context over the low-level client."""
