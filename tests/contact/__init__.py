"""Tests of the contact service: rules by cases, everything else on real PostgreSQL through real gRPC."""
