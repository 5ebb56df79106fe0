"""Wrong usage that the parser cannot see."""


class WrongUsage(Exception):
    """The command was called in a way that makes no sense; exit status 2."""
