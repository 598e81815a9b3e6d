"""The week: what changed, in numbers that are kept as they were published, as one page and as a mail."""
