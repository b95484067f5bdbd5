"""`python -m services.campaign serve | consume | work | send | migrate | await-migrations`."""

from chassis.run import main

from services.campaign.app import SERVICE

main(SERVICE)
