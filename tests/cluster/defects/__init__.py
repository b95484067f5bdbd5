"""Defects that are planted into running pods: each module is mounted as `sitecustomize`, which Python loads first."""
