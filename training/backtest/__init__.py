"""The backtest: the past replayed, and what was said then compared with what happened."""
