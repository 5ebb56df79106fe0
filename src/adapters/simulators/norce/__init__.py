"""A simulator of Norce Checkout: Order API, Configuration API, platform adapter, gateway, demo shop.

Start it with `app.start(config)` or mount `app.build_app(config)`; `state.NorceState` is the in-process handle.
"""
