"""The web console: server-rendered pages over the four gRPC APIs."""
