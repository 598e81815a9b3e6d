"""The service beside its peers: what an answer costs."""
