"""The tests of the chassis: on real PostgreSQL and Kafka, a real server and a real channel."""
