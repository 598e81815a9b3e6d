"""Migration: in which segment everybody was at the end of each month, who entered, left and stayed, and the history."""
