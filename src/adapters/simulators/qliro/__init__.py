"""A simulator of Qliro Checkout: Merchant and Admin API, embedded checkout, callbacks, portal, control plane."""
