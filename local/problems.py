"""What goes wrong on a laptop, told so that its reader can mend it."""


class Problem(Exception):
    """The laptop cloud cannot go on; the text is one sentence with the mend."""
