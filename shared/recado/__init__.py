"""Recado: takes an event and sees to it that the right person hears of it, once."""
