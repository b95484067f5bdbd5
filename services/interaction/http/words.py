"""What the edge's pages say, in each language; English where somebody asks for none that there is."""

from dataclasses import dataclass

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language. `{what}` and `{topic}` are put in by whoever escapes them."""

    code: str
    name: str
    languages: str
    about: str
    this_kind: str
    marketing: str
    test_title: str
    test: str
    leave_title: str
    leave: str
    leave_topic: str
    leave_all: str
    in_detail: str
    left_title: str
    left: str
    choices_title: str
    choices: str
    unknown_state: str
    allow: str
    stop: str
    save: str
    everything: str
    everything_note: str
    nothing_title: str
    nothing: str
    saved_title: str
    saved: str
    off_title: str
    off: str
    all_of_it: str
    purposes: dict[str, str]
    channels: dict[str, str]
    later_title: str
    later: str
    none_title: str
    none: str
    confirm_title: str
    confirm: str
    confirm_button: str
    confirm_not: str
    confirmed_title: str
    confirmed: str
    used_title: str
    used: str
    expired_title: str
    expired: str
    ended_title: str
    ended: str
    barred_title: str
    barred: str


ENGLISH = Words(
    code="en",
    name="English",
    languages="Languages",
    about="e-mails about “{topic}”",
    this_kind="e-mails of this kind",
    marketing="marketing e-mails",
    test_title="This was a test mail",
    test="This mail was a test. Whatever you do here changes nothing.",
    leave_title="Unsubscribe",
    leave="If you press the first button, we stop sending you {what}. Nothing changes until you press it.",
    leave_topic="Unsubscribe",
    leave_all="Unsubscribe from all our marketing e-mails",
    in_detail="Choose in detail what we may do",
    left_title="You are unsubscribed",
    left="We will send you no more {what}. You need not do anything else.",
    choices_title="Your preferences",
    choices="This is about the e-mail address that our message was sent to. Nothing changes until you press a button.",
    unknown_state="We cannot show your present choices just now. What you choose here still counts.",
    allow="Yes, you may",
    stop="No, stop",
    save="Save these choices",
    everything="Stop everything",
    everything_note="One button for all of it: no messages of any kind, no measuring, no computing, no adverts.",
    nothing_title="Nothing changed",
    nothing="You made no choice that differs from what we knew.",
    saved_title="Your choices are saved",
    saved="They hold from now on. You need not do anything else.",
    off_title="Everything is off",
    off="We will send you nothing, and measure and compute nothing about you. You need not do anything else.",
    all_of_it="all",
    purposes={
        "MARKETING": "E-mails with offers and news",
        "TRACKING": "Measuring whether you open our e-mails and follow their links",
        "PROFILING": "Computing from what you do what may interest you",
        "ADVERTISING": "Showing you our adverts elsewhere",
    },
    channels={"SMS": "Text messages with offers and news", "PHONE": "Phone calls with offers and news"},
    later_title="Please try again",
    later="We could not keep your choice just now, so nothing changed. Please try again.",
    none_title="This link does not work",
    none="It may be incomplete. Please follow the link in our e-mail again, or copy all of it.",
    confirm_title="Please confirm",
    confirm="If you press the button, we will send you {what}. Nothing happens until you press it.",
    confirm_button="Yes, I want that",
    confirm_not="If you did not ask for this, close this page: nothing will be sent to you.",
    confirmed_title="Thank you, it is confirmed",
    confirmed="From now on we send you {what}. Each e-mail has a link to end that.",
    used_title="This link was used already",
    used="It is confirmed. You need not do anything else.",
    expired_title="This link has run out",
    expired="A confirmation has to come within seven days. Please sign up again, and we send you a new link.",
    ended_title="This request has ended",
    ended="You have told us since that you want no e-mails. If you do, please sign up again.",
    barred_title="This cannot be confirmed",
    barred="We do not write to this address. Please ask us if you want that changed.",
)
GERMAN = Words(
    code="de",
    name="Deutsch",
    languages="Sprachen",
    about="E-Mails zu „{topic}“",
    this_kind="E-Mails dieser Art",
    marketing="Werbe-E-Mails",
    test_title="Das war eine Test-E-Mail",
    test="Diese E-Mail war ein Test. Was Sie hier tun, ändert nichts.",
    leave_title="Abmelden",
    leave="Wenn Sie den ersten Knopf drücken, senden wir Ihnen keine {what} mehr. Bis dahin ändert sich nichts.",
    leave_topic="Abmelden",
    leave_all="Von allen unseren Werbe-E-Mails abmelden",
    in_detail="Im Einzelnen wählen, was wir dürfen",
    left_title="Sie sind abgemeldet",
    left="Wir senden Ihnen keine {what} mehr. Sie brauchen nichts weiter zu tun.",
    choices_title="Ihre Einstellungen",
    choices="Es geht um die E-Mail-Adresse, an die unsere Nachricht ging. Nichts ändert sich ohne einen der Knöpfe.",
    unknown_state="Wir können Ihre jetzige Wahl gerade nicht zeigen. Was Sie hier wählen, gilt trotzdem.",
    allow="Ja, das dürfen Sie",
    stop="Nein, nicht mehr",
    save="Diese Wahl speichern",
    everything="Alles abschalten",
    everything_note="Ein Knopf für alles: keine Nachrichten, keine Messung, keine Auswertung, keine Werbung anderswo.",
    nothing_title="Nichts geändert",
    nothing="Sie haben nichts anders gewählt, als wir es schon wussten.",
    saved_title="Ihre Wahl ist gespeichert",
    saved="Sie gilt ab jetzt. Sie brauchen nichts weiter zu tun.",
    off_title="Alles ist abgeschaltet",
    off="Wir senden Ihnen nichts und messen und berechnen nichts über Sie. Sie brauchen nichts weiter zu tun.",
    all_of_it="alle",
    purposes={
        "MARKETING": "E-Mails mit Angeboten und Neuigkeiten",
        "TRACKING": "Messen, ob Sie unsere E-Mails öffnen und ihren Links folgen",
        "PROFILING": "Aus dem, was Sie tun, berechnen, was Sie interessieren könnte",
        "ADVERTISING": "Ihnen anderswo unsere Werbung zeigen",
    },
    channels={"SMS": "SMS mit Angeboten und Neuigkeiten", "PHONE": "Anrufe mit Angeboten und Neuigkeiten"},
    later_title="Bitte noch einmal versuchen",
    later="Wir konnten Ihre Wahl gerade nicht festhalten, es hat sich nichts geändert. Bitte versuchen Sie es erneut.",
    none_title="Dieser Link geht nicht",
    none="Vielleicht fehlt ein Teil. Bitte folgen Sie dem Link in der E-Mail noch einmal, oder kopieren Sie ihn ganz.",
    confirm_title="Bitte bestätigen",
    confirm="Wenn Sie den Knopf drücken, senden wir Ihnen {what}. Bis dahin geschieht nichts.",
    confirm_button="Ja, das möchte ich",
    confirm_not="Wenn Sie darum nicht gebeten haben, schließen Sie diese Seite: Es wird Ihnen nichts gesendet.",
    confirmed_title="Danke, es ist bestätigt",
    confirmed="Ab jetzt senden wir Ihnen {what}. In jeder E-Mail steht ein Link, mit dem Sie das beenden.",
    used_title="Dieser Link wurde schon benutzt",
    used="Es ist bestätigt. Sie brauchen nichts weiter zu tun.",
    expired_title="Dieser Link ist abgelaufen",
    expired="Er gilt sieben Tage. Bitte melden Sie sich neu an, dann senden wir Ihnen einen neuen.",
    ended_title="Diese Anfrage ist beendet",
    ended="Sie haben uns inzwischen gesagt, dass Sie keine E-Mails wünschen. Wenn doch, melden Sie sich bitte neu an.",
    barred_title="Das kann nicht bestätigt werden",
    barred="An diese Adresse schreiben wir nicht. Bitte fragen Sie uns, wenn Sie das ändern wollen.",
)
LANGUAGES = {words.code: words for words in (ENGLISH, GERMAN)}


def words_of(request: Request) -> Words:
    """The language that the address names (`?lang=de`), else the first that the browser asks for and that there is."""
    asked = [request.query_params.get("lang", "")]
    asked += _accepted(request.headers.get("accept-language", ""))
    found = (LANGUAGES.get(language.partition("-")[0].strip().lower()) for language in asked)
    return next((words for words in found if words is not None), ENGLISH)


def _accepted(header: str) -> list[str]:
    """The languages of an Accept-Language, the most wanted first; what is no weight wants nothing."""
    weighed = []
    for part in header[:500].split(","):
        language, _, weight = part.partition(";")
        try:
            weighed.append((float(weight.partition("=")[2] or 1), language))
        except ValueError:
            continue
    return [language for weight, language in sorted(weighed, key=lambda one: -one[0]) if weight > 0]
