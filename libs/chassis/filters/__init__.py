"""AIP-160 filters: text → tree → SQLAlchemy expression over an allow-list of columns, values always bound."""

from chassis.filters.columns import Column, Kind, compile_filter, parse_order
from chassis.filters.grammar import And, Compare, Node, Not, Or, parse

__all__ = ["And", "Column", "Compare", "Kind", "Node", "Not", "Or", "compile_filter", "parse", "parse_order"]
