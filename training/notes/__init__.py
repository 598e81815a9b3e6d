"""Notes: what sales and service say of segments and campaigns; counted and shown, never learned from."""
