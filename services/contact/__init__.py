"""People, the companies they belong to, who they are, and what may be sent to them."""
