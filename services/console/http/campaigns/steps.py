"""What was asked on the way of a mail, in the reader's language: campaign says it in English sentences."""

from touchline.campaign.v1 import campaign_pb2 as pb

from services.console.http.campaigns import wording
from services.console.http.language import N_, _

SENTENCES = (
    N_("The campaign was not launched."),
    N_("The campaign was launched."),
    N_("This person was not among its people."),
    N_("This person is not planned yet."),
    N_("This person was among its people."),
    N_("Another contact with the same address gets this mail."),
    N_("This person has no e-mail address."),
    N_("The address changed after the mail was planned."),
    N_("The contact does not exist any more."),
    N_("This person has an address of their own."),
    N_("Sales holds mail to this person."),
    N_("Campaign has not heard of this person yet; the mail waits."),
    N_("Nobody could be asked about consent; the mail waits."),
    N_("Unsubscribes were not read for a minute; the mail waits."),
    N_("The key that signs the mail cannot be used; the mail waits."),
    N_("This person never agreed to such mail."),
    N_("The consent is not confirmed yet."),
    N_("This person refused such mail."),
    N_("This person unsubscribed."),
    N_("The consent ran out."),
    N_("The address must not be sent to."),
    N_("This person may not be written to."),
    N_("This person may be written to."),
    N_("Nobody held it."),
    N_("The campaign was cancelled before the mail left."),
    N_("The mail waits for its turn."),
    N_("The mail is being sent right now."),
    N_("The mail server did not take it yet; the mail waits for the next try."),
    N_("The database went back to an earlier moment, and nobody knows whether it was sent since."),
    N_("The line was cut after the mail had left: nobody knows whether it arrived."),
    N_("The mail could not be sent."),
    N_("The mail server took it."),
    N_("It reached the mailbox."),
    N_("It came back."),
)


def said(step: pb.ExplainSendResponse.Step) -> str:
    """Why a mail went on or stopped there; a sentence that is not known here as it came, a bare reason in words."""
    sentence = step.description
    return (_(sentence) if sentence in SENTENCES else sentence) or wording.reason(step.reason)
