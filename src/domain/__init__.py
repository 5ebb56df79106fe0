"""The rules of payments: pure, synchronous, without clock, randomness or I/O."""
