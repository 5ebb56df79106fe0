"""Seconds between tries of what fails for as long as an upstream is away."""

LATER = (300,) * 12 + (900,) * 20 + (3_600,) * 27
"""After the first minute. Who is back within an hour is told all within 5 minutes, within 6 hours in 15 minutes, later
in an hour: a day and a half in all."""
