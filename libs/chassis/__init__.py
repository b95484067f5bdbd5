"""What every service stands on: it knows no service and none of their protos."""
