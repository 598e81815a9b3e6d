"""What we answer: batch scores and the live service. Imports neither MLflow nor Optuna."""
