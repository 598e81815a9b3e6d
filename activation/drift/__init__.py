"""Drift, as a whole: that of data and predictions, and of KPIs, of forecasts and of who was assigned to what."""
