"""What contacts, identifiers, consents and imports may do. Nothing here touches the world."""
