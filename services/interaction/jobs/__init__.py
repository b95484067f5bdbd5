"""What interaction does by the clock."""

from services.interaction.jobs.alerts import Alerts
from services.interaction.jobs.keeping import Evidence, Retention

__all__ = ["Alerts", "Evidence", "Retention"]
