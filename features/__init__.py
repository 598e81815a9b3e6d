"""What a customer did: sources, events, and the features computed from them. Imports nothing of ours."""
