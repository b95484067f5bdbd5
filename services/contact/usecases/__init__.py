"""What people do with contacts: one function per verb, each inside the transaction of its caller."""
