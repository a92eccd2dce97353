"""Use cases of Recado, one a file, named by their verbs."""
