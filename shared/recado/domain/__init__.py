"""Pure rules of Recado: no input or output, no clock, no cloud."""
