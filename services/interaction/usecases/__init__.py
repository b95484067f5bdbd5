"""What can be done with touches, one function per verb."""

from services.interaction.usecases.activities import Standing, get_standings, list_activities
from services.interaction.usecases.alerts import gather_alerts, gather_reminders, get_alert_settings
from services.interaction.usecases.briefs import Grounds, get_grounds
from services.interaction.usecases.erasing import erase_person
from services.interaction.usecases.keeping import get_kept_type, set_touch_type_retention
from services.interaction.usecases.known import (
    Known,
    KnownTypes,
    TypeCatalogue,
    get_source,
    has_version,
    list_touch_types,
    register_source,
    register_touch_type,
)
from services.interaction.usecases.linking import (
    LinkState,
    apply_account,
    apply_contact,
    apply_link,
    apply_tracking_consent,
)
from services.interaction.usecases.pins import list_pins, pin_touch, unpin_touch
from services.interaction.usecases.reading import (
    Header,
    Page,
    Viewer,
    get_header,
    get_person,
    get_thread_touches,
    get_timeline,
    get_touches,
    owns,
)
from services.interaction.usecases.rebuilding import Comparison, Rebuild
from services.interaction.usecases.saved import create_saved_filter, delete_saved_filter, update_saved_filter
from services.interaction.usecases.watching import Entry, Hub, Position, Watch
from services.interaction.usecases.writing import judge_batch, microseconds, moment

__all__ = [
    "Comparison",
    "Entry",
    "Grounds",
    "Header",
    "Hub",
    "Known",
    "KnownTypes",
    "LinkState",
    "Page",
    "Position",
    "Rebuild",
    "Standing",
    "TypeCatalogue",
    "Viewer",
    "Watch",
    "apply_account",
    "apply_contact",
    "apply_link",
    "apply_tracking_consent",
    "create_saved_filter",
    "delete_saved_filter",
    "erase_person",
    "gather_alerts",
    "gather_reminders",
    "get_alert_settings",
    "get_grounds",
    "get_header",
    "get_kept_type",
    "get_person",
    "get_source",
    "get_standings",
    "get_thread_touches",
    "get_timeline",
    "get_touches",
    "has_version",
    "judge_batch",
    "list_activities",
    "list_pins",
    "list_touch_types",
    "microseconds",
    "moment",
    "owns",
    "pin_touch",
    "register_source",
    "register_touch_type",
    "set_touch_type_retention",
    "unpin_touch",
    "update_saved_filter",
]
