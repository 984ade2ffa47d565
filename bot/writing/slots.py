"""The words between the program and its templates: the steps there are, and the slots a text may use."""

from __future__ import annotations

from collections.abc import Mapping

# The steps whose touch is a mail draft, and those that are calendar entries for the rep.
MAIL_STEPS = (
    "first", "again", "held", "decided", "referred", "value", "decision", "close", "no_show", "thanks", "early_no",
    "resend", "nurture", "callback_mail", "dormant",
)  # fmt: skip
# The ladder's mails to somebody whom the rep addresses familiarly (German du, Spanish tú), and which texts they stand for.
FAMILIAR_STEPS = ("first_familiar", "value_familiar", "decision_familiar", "close_familiar")
FAMILIAR: Mapping[str, str] = {
    "first": "first_familiar", "again": "first_familiar", "value": "value_familiar", "decision": "decision_familiar",
    "held": "decision_familiar", "decided": "decision_familiar", "close": "close_familiar",
}  # fmt: skip
REMINDER_STEPS = ("call", "callback", "promised", "mend_address")

# Every slot, and what it holds. A template that names another one does not compile.
SLOTS: Mapping[str, str] = {
    "quote": "the quote without its sum: quote Q-1042; or by its subject: quote “Dock levelers”",
    "quote_sum": "the quote with its sum, where one is known: quote Q-1042 for $65,650.00",
    "quotes_sum": "the quote and all further ones of the same people, each with its sum where one is known",
    "talk": "where there is no quote, the talk by its subject: conversation about “Dock levelers”",
    "matter": "the quote without its sum, or the talk where there is no quote",
    "matter_sum": "the quote with its sum, or the talk where there is no quote",
    "number": "the quote's number",
    "sum": "the quote's sum: $65,650.00",
    "subject": "the subject of the mail that began the matter, without Re:",
    "sent_on": "the day the quote was sent: March 2",
    "valid_until": "the last day the quote holds, if it has one and that day is not past",
    "expired_on": "the last day the quote held, if it has one and that day is past",
    "also": "further quotes of the same people that this mail speaks for as well",
    "quoted": "true where the matter is a quote",
    "their_words": "what the customer wrote when he asked for a later time",
    "asked_on": "the day he wrote it",
    "agreed": "the day he asked for",
    "meeting_on": "the day of the meeting",
    "wrote_on": "the day the customer wrote that he would come back himself",
    "decided_on": "the day on which the customer was to decide",
    "referred_by": "who pointed us to the person the mail goes to",
    "note": "the rep's own note",
    "item_title": "the title of the useful thing",
    "item_link": "its address on the web",
    "item_summary": "one or two sentences on it",
    "item_kind": "article, event, conference or case",
    "item_place": "where it takes place",
    "item_dates": "when it takes place",
    "rep_name": "the rep's name",
    "rep_phone": "the rep's phone number",
    "rep_email": "the rep's address",
    "rep_company": "the rep's company",
    "people": "the people the mail goes to, by name",
    "who": "the people with their addresses",
    "phone": "the people's telephone numbers, as their own mails give them",
    "last_words": "what the customer wrote last, the words that counted",
    "last_on": "the day he wrote it",
    "next_step": "what comes after a call that nothing came of: mail, call or close",
    "next_on": "the day it comes",
    "address": "an address that bounced",
    "reason": "why it bounced, as the notice says",
    "rep_words": "what the rep promised, in his words",
    "promised_on": "the day he promised it",
    "count_messages": "true where the close may speak of messages left before",
    "country": "the rep's country: US, GB, DE",
}  # fmt: skip
