"""What `newswire status` is made of: looking at a running group from beside it, and showing it in one screen."""
