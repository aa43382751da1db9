"""What `newswire doctor` is made of: asking the servers, judging what they tell, showing it."""
