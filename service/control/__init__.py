"""What moves sweeps on: whose turn it is, what their drivers need, and the cluster behind them."""
