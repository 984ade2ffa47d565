from __future__ import annotations

import pytest

from bot.reading.asked_again import asks_again


@pytest.mark.parametrize(
    "text",
    [
        "Could you resend the quote please?",
        "Hi Alex,\n\nplease send me the proposal once more, I must have deleted it.\n\nThanks",
        "I can\u2019t find your quotation anywhere.",
        "The attachment won't open on my phone.",
        "Would you mind e-mailing a copy of the estimate to my boss as well?",
        "You forgot the attachment.",
        "Your PDF didn't come through. Can you check?",
        "Können Sie mir das Angebot bitte noch einmal schicken?",
        "Ich finde Ihr Angebot nicht mehr.",
        "Der Anhang lässt sich nicht öffnen.",
        "Pourriez-vous me renvoyer le devis ?",
        "Je ne retrouve pas votre offre, désolé.",
        "¿Me puede enviar de nuevo el presupuesto?",
        "No encuentro la cotización que nos mandó.",
    ],
)
def test_the_same_quote_is_asked_for(text: str) -> None:
    assert asks_again(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for the quote. What is the lead time?",
        "Please send us a revised quote with eight doors.",
        "Could you send a new quote again with delivery to Leeds?",
        "Can you send the drawings again?",
        "Please find our order attached, against your quotation of March 2.",
        "We will send you the order again on Friday.",
        "I can't find the time to look at it before June.",
        "Bitte schicken Sie uns ein überarbeitetes Angebot noch einmal mit Montage.",
        "Das Angebot passt. Wann können Sie liefern?",
        "Merci pour le devis. Quel est le délai ?",
        "El presupuesto me parece bien.",
        "",
    ],
)
def test_another_wish_is_none(text: str) -> None:
    assert not asks_again(text)
