"""What `newswire why` is made of: finding in the topics, putting the reasons together, showing them."""
