"""The audit logs as they lie in their databases."""
