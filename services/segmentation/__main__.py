"""`python -m services.segmentation serve | consume | work | migrate`."""

from chassis.run import main

from services.segmentation.app import SERVICE

main(SERVICE)
