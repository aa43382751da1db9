"""The commands of `newswire`, one file each: `run(...)` does the work and returns the exit status."""
