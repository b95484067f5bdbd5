"""What belongs to somebody else: the mail server, and the other services."""
