"""WhatsApp's choices as lines of text, for providers whose buttons people may not see."""

from __future__ import annotations

from recado.domain.errors import PermanentMessageError
from recado.domain.messages import WhatsAppMessage


def written_out(content: WhatsAppMessage) -> str:
    """The text with its buttons or menu under it: a number for each answer, links as addresses.

    A request for a place goes as its text alone, which says what is asked for.

    Raises
    ------
    PermanentMessageError
        `form_refused`: a form cannot be written out.
    """
    if content.form:
        raise PermanentMessageError("form_refused", "the provider has no forms")
    answers = [(button.title, "") for button in content.buttons if button.url is None]
    if content.menu:
        answers += [(row.title, row.description or "") for row in content.menu.rows]
    lines = [
        f"{number}. {title}" + (f" ({description})" if description else "")
        for number, (title, description) in enumerate(answers, start=1)
    ]
    lines += [f"{button.title}: {button.url}" for button in content.buttons if button.url]
    return "\n".join([*([content.text] if content.text else []), *lines])
