"""`python -m services.campaign serve | work | migrate`."""

from chassis.run import main

from services.campaign.app import SERVICE

main(SERVICE)
