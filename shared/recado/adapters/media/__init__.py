"""Where the files of inbound messages come from: one provider a module."""
