"""python -m services.console serve."""

from chassis.run import main

from services.console.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
