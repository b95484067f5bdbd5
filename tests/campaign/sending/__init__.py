"""How mails are sent, held to the ledger and to what a server says."""
