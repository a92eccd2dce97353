"""In-memory stand-ins for everything outside, small enough to be read at a glance."""
