"""The console's doors: which address shows what."""

from services.console.http.routes import build_app

__all__ = ["build_app"]
