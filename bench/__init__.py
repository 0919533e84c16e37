"""Speed and size, as ratios within one run. Nothing here decides a test."""
