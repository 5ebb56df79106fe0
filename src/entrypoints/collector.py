"""Python's collector of reference cycles, for processes that load much once and leave few cycles behind."""

import gc

_ALLOCATIONS = 10_000
_YOUNGER_RUNS = 20


def spare_what_is_loaded() -> None:
    """Never look again at what is alive now, and less often at the rest. Call it once, when everything is open.

    A full collection would stop the process for tens of milliseconds to look at modules, mappings and wire types that
    live as long as it does.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, _YOUNGER_RUNS, _YOUNGER_RUNS)
