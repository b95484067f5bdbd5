"""Tables that people open in a spreadsheet: a cell is text there, whatever it says."""

# A cell that begins with one of these is a formula to a spreadsheet; an apostrophe in front makes it text.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, whatever blanks stand before its first character."""
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(FORMULA) or cell.startswith(FORMULA) else cell
