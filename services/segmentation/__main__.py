"""`python -m services.segmentation serve | consume | work | migrate | await-migrations`."""

from chassis.run import main

from services.segmentation.app import SERVICE

main(SERVICE)
