"""python -m services.contact serve|consume|work|migrate|await-migrations."""

from chassis.run import main

from services.contact.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
