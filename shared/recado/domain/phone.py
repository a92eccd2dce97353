"""Phone numbers: read what people write, keep E.164."""

from __future__ import annotations

import phonenumbers

from recado.domain.errors import UnprocessableError


def to_e164(number: str, *, region: str | None = None, field: str = "phone") -> str:
    """Normalise a phone number to E.164, e.g. `+593991234567`.

    Without a plus sign and without `region` (ISO 3166 code, e.g. `EC`) the digits are taken as
    a whole international number, as systems that follow WhatsApp's `573001234567` write them.

    Raises
    ------
    UnprocessableError
        The text is no possible phone number; `field` names where it came from.
    """
    text = number.strip()
    if not text.startswith("+") and region is None:
        text = f"+{text}"
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise UnprocessableError(
            "not a phone number; write it with its country code, like +593991234567", field=field
        ) from None
    # "Possible" alone would also take what can only be dialled from within its own area.
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise UnprocessableError(
            "not a possible phone number; write it with its country code, like +593991234567",
            field=field,
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
