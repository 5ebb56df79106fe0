"""What a request costs: calls, round trips, critical path and processor time of every endpoint.

Run it with `make bench`. `docs/performance.md` says how each number is measured and how to read it.
"""
