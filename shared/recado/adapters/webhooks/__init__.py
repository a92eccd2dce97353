"""Webhook readers: one provider a module, from its verified request to updates."""
