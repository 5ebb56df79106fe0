"""`python -m tests.simulation --seeds 500`, or one seed again with everything it does: `--seed 123 --trace`."""

import argparse
import sys

from tests.simulation.campaign import campaign
from tests.simulation.seed import FAULT_RATE, PAYMENTS, simulate


def main() -> int:
    """0 when every seed held, 1 when one did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--trace", action="store_true", help="with --seed: print everything that happens")
    parser.add_argument("--payments", type=int, default=PAYMENTS, help="orders per seed")
    parser.add_argument("--rate", type=float, default=FAULT_RATE, help="share of calls that go wrong")
    parser.add_argument("--workers", type=int, default=0, help="processes to compute with; 0 = one per core")
    options = parser.parse_args()
    if options.seed is None:
        seeds = range(options.first, options.first + options.seeds)
        return campaign(seeds, payments=options.payments, rate=options.rate, workers=options.workers)
    result = simulate(options.seed, payments=options.payments, rate=options.rate, trace=options.trace)
    for line in result.diary:
        sys.stdout.write(line + "\n")
    sys.stdout.write(
        f"seed {result.seed}: {result.payments} payments, {result.events} calls, digest {result.digest:08x}\n"
    )
    for violation in result.violations:
        sys.stdout.write(f"  {violation}\n")
    return 1 if result.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
