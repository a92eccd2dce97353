"""Channel adapters: one provider a module, with its whole error table."""
