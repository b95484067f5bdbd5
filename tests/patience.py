"""How long tests wait for what must happen: a busy machine is slow, not wrong. Speed is measured by benches."""

PATIENCE = 180.0  # seconds until something has happened
PATIENT = 90.0  # seconds for a call that names none
