"""One page of a list: what the request asks for, the keyset query, and the token of the page after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.sql import ColumnElement

from chassis.calls import caller
from chassis.resources import PageTokens, page_size

if TYPE_CHECKING:
    from chassis.db import Tx

Position = tuple[Any, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Paging:
    """What a List request says about pages: how many rows, and behind which position."""

    size: int
    after: Position | None
    tokens: PageTokens

    @classmethod
    def of(cls, request: Any, kind: str, *bound: str) -> "Paging":
        """Read `page_size` and `page_token`; a token is good for this kind of list, this caller and what is `bound`."""
        tokens = PageTokens(kind, caller().subject, *bound)
        return cls(page_size(request.page_size), tokens.read(request.page_token), tokens)

    def token(self, last: Position | None) -> str:
        """The next page's token; empty when nothing follows."""
        return self.tokens.issue(last) if last else ""

    def cut(self, rows: Sequence[T], position: Callable[[T], Position]) -> tuple[Sequence[T], str]:
        """The page of rows that may be more than it holds, and the next page's token."""
        if len(rows) <= self.size:
            return rows, ""
        return rows[: self.size], self.token(position(rows[self.size - 1]))


async def keyset_page(
    tx: "Tx", statement: Select[Any], keys: Sequence[Any], paging: Paging, *, is_descending: bool = False
) -> tuple[list[Any], str]:
    """One page in the order of `keys`, and the next page's token.

    The keys together must be unique, and their attributes must be on the rows; one index in their order answers this.
    """
    if paging.after is not None:
        statement = statement.where(_behind(keys, paging.after, is_descending=is_descending))
    order = [key.desc() if is_descending else key for key in keys]
    rows = list((await tx.execute(statement.order_by(*order).limit(paging.size + 1))).scalars())
    shown, token = paging.cut(rows, lambda last: tuple(getattr(last, key.key) for key in keys))
    return list(shown), token


def _behind(keys: Sequence[Any], after: Position, *, is_descending: bool) -> ColumnElement[bool]:
    mine, theirs = (tuple_(*keys), tuple_(*after)) if len(keys) > 1 else (keys[0], after[0])
    return mine < theirs if is_descending else mine > theirs
