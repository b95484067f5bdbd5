"""Tests of mail on its way out: its bytes, its signatures, and what becomes of it at good and at hostile servers."""
