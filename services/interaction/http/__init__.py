"""The public edge, HTTP: what links in mails lead to."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from services.interaction.http.browsers import Cookies, cookies
from services.interaction.http.callers import Callers, networks
from services.interaction.http.confirming import Confirming
from services.interaction.http.edge import Edge
from services.interaction.http.guard import Guard, answer_error

__all__ = ["Callers", "Confirming", "Cookies", "Edge", "Guard", "build_app", "cookies", "networks"]


def build_app(edge: Edge, confirming: Confirming) -> Guard:
    """The pages of an edge as an ASGI application. Starlette answers HEAD wherever GET is answered."""
    routes = [
        Route("/o/{token}", edge.open, methods=["GET"]),
        Route("/c/{token}", edge.click, methods=["GET"]),
        Route("/u/{token}", edge.show_unsubscribe, methods=["GET"]),
        Route("/u/{token}", edge.unsubscribe, methods=["POST"]),
        Route("/p/{token}", edge.show_preferences, methods=["GET"]),
        Route("/p/{token}", edge.save_preferences, methods=["POST"]),
        Route("/s/{token}", confirming.show, methods=["GET"]),
        Route("/s/{token}", confirming.confirm, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: answer_error})
    return Guard(app, is_https=edge.urls.base.startswith("https:"))
