"""The world as Recado uses it: one module for each thing outside."""
