"""The Admin API's money operations: checks in the contract's order, then planned transactions."""
