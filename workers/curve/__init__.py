"""What `newswire curve` is made of: what theory says, what is measured on a real index, and how both are drawn."""
