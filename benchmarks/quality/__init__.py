"""Quality against published figures: what the models reach on the benchmarks, with the settings that everyone gets."""
