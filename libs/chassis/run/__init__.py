"""Roles as processes: what a service is made of, one role's life, the launcher that forks them all."""

from chassis.parent import die_with_parent
from chassis.run.health import HealthServer
from chassis.run.launcher import Launcher, launch
from chassis.run.role import main, run_role
from chassis.run.service import Running, Service

__all__ = ["HealthServer", "Launcher", "Running", "Service", "die_with_parent", "launch", "main", "run_role"]
