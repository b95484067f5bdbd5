"""The rules of the house, held by machines: rooms, names, sizes, documents, permissions."""
