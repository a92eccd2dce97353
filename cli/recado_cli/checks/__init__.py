"""What `recado doctor` looks at: one part of a deployment a module."""
