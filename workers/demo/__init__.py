"""The demo: a sample feed written for this repository, its expected outcomes, and how both are shown."""
