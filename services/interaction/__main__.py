"""python -m services.interaction serve|consume|publish|work|migrate|await-migrations."""

from chassis.run import main

from services.interaction.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
