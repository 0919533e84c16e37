"""Tools with no noun of ours: clock, ids, money, times."""
