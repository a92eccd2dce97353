"""What the API says, in Spanish: loaded only when somebody asks for it.

`TEXTS` has a text for each message that is raised for clients, by its English words and with the
same `{names}`; a test holds it against the code. What stands in their place is the client's own,
or somebody else's words, and stays as it is: what a provider says, and why a template cannot be
parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from recado.domain.errors import LINE

TITLES: dict[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "Solicitud incorrecta",
    HTTPStatus.UNAUTHORIZED: "No autenticado",
    HTTPStatus.FORBIDDEN: "Prohibido",
    HTTPStatus.NOT_FOUND: "No encontrado",
    HTTPStatus.METHOD_NOT_ALLOWED: "Método no permitido",
    HTTPStatus.CONFLICT: "Conflicto",
    HTTPStatus.PRECONDITION_FAILED: "Condición previa no cumplida",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Contenido demasiado grande",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Tipo de contenido no admitido",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Contenido no procesable",
    HTTPStatus.TOO_MANY_REQUESTS: "Demasiadas solicitudes",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Error interno del servidor",
    HTTPStatus.BAD_GATEWAY: "Respuesta incorrecta del proveedor",
    HTTPStatus.SERVICE_UNAVAILABLE: "Servicio no disponible",
}

TEXTS: dict[str, str] = {
    # The request as such.
    "an API key is required": "se requiere una clave de API",
    "the API key is not valid": "la clave de API no es válida",
    "the API key lacks the scope '{scope}'": "la clave de API no tiene el permiso '{scope}'",
    "the API key is another tenant's": "la clave de API es de otra empresa",
    "there is no such query parameter": "no existe ese parámetro de consulta",
    "the file is not in UTF-8": "el archivo no está en UTF-8",
    "there is no such tenant": "no existe esa empresa",
    "a key of a division cannot change what is the whole tenant's": (
        "una clave de división no puede cambiar lo que es de toda la empresa"
    ),
    "too many requests; try again in {seconds} s": (
        "demasiadas solicitudes; vuelva a intentarlo en {seconds} s"
    ),
    "something failed on our side": "algo falló de nuestro lado",
    "there is nothing at this path": "no hay nada en esta ruta",
    "this path knows {methods}": "esta ruta admite {methods}",
    "invalid: {fields}": "no válido: {fields}",
    "the body may have at most {most} bytes": "el cuerpo puede tener como máximo {most} bytes",
    "this route takes {media_types}": "esta ruta acepta {media_types}",
    "the template needs a value for it": "la plantilla necesita un valor para este campo",
    "the body is no valid JSON document": "el cuerpo no es un documento JSON válido",
    "the body is not UTF-8": "el cuerpo no está en UTF-8",
    "Idempotency-Key must have 1 to {most} characters": (
        "Idempotency-Key debe tener de 1 a {most} caracteres"
    ),
    "a request with this Idempotency-Key is still being worked on": (
        "una solicitud con esta Idempotency-Key todavía se está procesando"
    ),
    "this Idempotency-Key was used with another body": (
        "esta Idempotency-Key se usó con otro cuerpo"
    ),
    "this idempotency key was used with another body": (
        "esta clave de idempotencia se usó con otro cuerpo"
    ),
    "it was changed since it was read": "cambió desde que usted lo leyó",
    "it changed meanwhile; look at it again": "cambió mientras tanto; vuelva a consultarlo",
    "this cursor is none that a page gave": "este cursor no lo dio ninguna página",
    "{provider_code}: {detail}": "{provider_code}: {detail}",
    "{provider_code}": "{provider_code}",
    # Notifications and communications.
    "unknown tenant '{tenant}'": "empresa desconocida: '{tenant}'",
    "unknown recipient": "destinatario desconocido",
    "nothing is configured for service type '{service_type}', phase '{phase}' and "
    "target '{target}'": (
        "no hay nada configurado para el tipo de servicio '{service_type}', la fase '{phase}' "
        "y el público '{target}'"
    ),
    "send_at is more than {days} days ahead": "send_at está a más de {days} días",
    "updated_at is more than a day ahead": "updated_at está a más de un día",
    "it is said to have happened later than tomorrow": "no puede haber ocurrido después de mañana",
    "there is too much to count in {days} days: ask for fewer": (
        "hay demasiado que contar en {days} días: pida menos"
    ),
    "useless_after is more than {days} days after the message may be sent": (
        "useless_after está a más de {days} días de cuando el mensaje puede enviarse"
    ),
    "no such notification": "no existe esa notificación",
    "no such communication": "no existe esa comunicación",
    "no such candidate": "no existe esa persona",
    "no such message": "no existe ese mensaje",
    "its account shows no signs": "su cuenta no muestra esas señales",
    "nothing was said to or by this person": "no hay mensajes de esta persona ni para ella",
    "earlier than {year}": "anterior a {year}",
    "the period ends before it begins": "el período termina antes de comenzar",
    "the period is longer than {days} days": "el período dura más de {days} días",
    "not a possible phone number; write it with its country code, like +593991234567": (
        "no es un número de teléfono posible; escríbalo con el código de su país, como "
        "+593991234567"
    ),
    "not a phone number; write it with its country code, like +593991234567": (
        "no es un número de teléfono; escríbalo con el código de su país, como +593991234567"
    ),
    "not a mail address": "no es una dirección de correo",
    "not a number of this recipient": "no es un número de este destinatario",
    "not an address of this customer": "no es una dirección de este cliente",
    "not a push subscription of this customer": "no es una suscripción push de este cliente",
    "no enabled account serves this channel": "ninguna cuenta activa atiende este canal",
    "no enabled account serves WhatsApp": "ninguna cuenta activa atiende WhatsApp",
    "this account knows no templates: give the text": (
        "esta cuenta no conoce plantillas: indique el texto"
    ),
    "Twilio knows templates by content_sid": "Twilio identifica las plantillas por content_sid",
    "the person did not write in the last 24 hours: name an approved template": (
        "la persona no escribió en las últimas 24 horas: indique una plantilla aprobada"
    ),
    "the person whom it was for was erased": "la persona destinataria fue borrada",
    "only a failed message is tried again; it is {state}": (
        "solo se reintenta un mensaje que falló; este está en estado {state}"
    ),
    "no channel could carry it; send a new one instead": (
        "ningún canal pudo llevarlo; envíe uno nuevo"
    ),
    "it was tried again {times} times already": "ya se reintentó {times} veces",
    "give template_name, text, attachment or reaction": (
        "indique template_name, text, attachment o reaction"
    ),
    "give one of buttons, menu, form, location, attachment and reaction": (
        "indique uno solo de buttons, menu, form, location, attachment y reaction"
    ),
    "buttons, menu, form and location stand under a text": (
        "buttons, menu, form y location van debajo de un texto"
    ),
    "a reaction has no text": "una reacción no lleva texto",
    "a button has either a payload or a url": "un botón tiene payload o url, no ambos",
    "an attachment has either a url or a media_id": (
        "un archivo adjunto tiene url o media_id, no ambos"
    ),
    "not a moment between the years 1 and 9999 in UTC": (
        "no es un momento entre los años 1 y 9999 en UTC"
    ),
    "larger than {most} bytes": "más de {most} bytes",
    "not later than send_at": "no es posterior a send_at",
    # Templates.
    "missing variables: {names}": "faltan variables: {names}",
    "undeclared variables: {names}": "variables no declaradas: {names}",
    "syntax error: {fault}": "error de sintaxis: {fault}",
    "too complicated to read": "demasiado complicado para leerlo",
    "nested too deeply": "demasiados niveles anidados",
    "more than {most} variables and conditions": "más de {most} variables y condiciones",
    "longer than {most} characters": "más de {most} caracteres",
    "half a surrogate pair is no character": "medio par sustituto no es un carácter",
    "more than {most} accents on one letter": "más de {most} acentos en una letra",
    "filter '{filter}' is not allowed": "el filtro '{filter}' no está permitido",
    "'{kind}' is not allowed here": "'{kind}' no está permitido aquí",
    LINE: " (línea {line})",
    "no template is in force there": "no hay ninguna plantilla vigente allí",
    "a version needs its template_id": "una versión necesita su template_id",
    "give template_id alone, without content or place": (
        "indique solo template_id, sin contenido ni ubicación"
    ),
    "give content, or template_id, or service_type_id, phase_id and channel": (
        "indique content, o template_id, o bien service_type_id, phase_id y channel"
    ),
    "no template '{template}'": "no existe la plantilla '{template}'",
    "there is a template '{template}' already": "ya existe la plantilla '{template}'",
    "template '{template}' has no version {version}": (
        "la plantilla '{template}' no tiene la versión {version}"
    ),
    "template '{template}' is archived: create it again first": (
        "la plantilla '{template}' está archivada: créela de nuevo primero"
    ),
    "no version was published before this one": "no se publicó ninguna versión antes de esta",
    "no version is published: name the versions to compare": (
        "no hay ninguna versión publicada: indique las versiones que quiere comparar"
    ),
    "the content is for '{content}', the template for '{channel}'": (
        "el contenido es para '{content}' y la plantilla para '{channel}'"
    ),
    "the endpoint is at no push service that is known": (
        "la dirección no es de un servicio de notificaciones conocido"
    ),
    "with these values the message has more than {most} characters": (
        "con estos valores el mensaje tiene más de {most} caracteres"
    ),
    "the content has more than {most} bytes": "el contenido tiene más de {most} bytes",
    "a template has at most {most} versions": "una plantilla tiene como máximo {most} versiones",
    "the channel {channel} of phase {phase} is enabled in orchestration '{orchestration}', and no "
    "template would be left for: {left}": (
        "el canal {channel} de la fase {phase} está activo en la orquestación '{orchestration}', y "
        "no quedaría ninguna plantilla para: {left}"
    ),
    # The catalogue and the orchestration.
    "this tenant has no catalogue": "esta empresa no tiene catálogo",
    "unknown phase '{phase}'": "fase desconocida: '{phase}'",
    "unknown service type '{service_type}'": "tipo de servicio desconocido: '{service_type}'",
    "unknown channel '{channel}'": "canal desconocido: '{channel}'",
    "'{subtype}' is a subtype: its channels are those of '{service_type}'": (
        "'{subtype}' es un subtipo: sus canales son los de '{service_type}'"
    ),
    "no orchestration '{orchestration}'": "no existe la orquestación '{orchestration}'",
    "the orchestration '{orchestration}' exists already": (
        "la orquestación '{orchestration}' ya existe"
    ),
    "'{orchestration}' keeps its service type and target": (
        "'{orchestration}' conserva su tipo de servicio y su público"
    ),
    "'{channel}' is enabled in the phase '{phase}', and no template is in force for it": (
        "'{channel}' está activo en la fase '{phase}', y no hay ninguna plantilla vigente para él"
    ),
    "'{channel}' waits for receipts in the phase '{phase}' that no enabled account reports": (
        "'{channel}' espera en la fase '{phase}' acuses que ninguna cuenta activa informa"
    ),
    # Customers, vehicles, reminders and push.
    "ids that begin with '{prefix}' stand for people who were erased": (
        "los identificadores que empiezan con '{prefix}' representan a personas borradas"
    ),
    "this id is a word of the API's own paths: choose another one": (
        "este id es una palabra de las rutas de la API: elija otro"
    ),
    "no such customer": "no existe ese cliente",
    "no customer '{customer}'": "no existe el cliente '{customer}'",
    "there is a customer '{customer}' already": "ya existe el cliente '{customer}'",
    "name the customer": "indique el cliente",
    "others changed it meanwhile; try again": (
        "otros lo cambiaron mientras tanto; vuelva a intentarlo"
    ),
    "has control characters": "tiene caracteres de control",
    "not an e-mail address": "no es una dirección de correo",
    "not an address of this channel": "no es una dirección de este canal",
    "not a day (YYYY-MM-DD)": "no es un día (AAAA-MM-DD)",
    "not a time zone of the IANA database, like America/Guayaquil": (
        "no es una zona horaria de la base de datos IANA, como America/Guayaquil"
    ),
    "a channel is named twice": "un canal aparece dos veces",
    "a customer has at most {most} addresses": ("un cliente tiene como máximo {most} direcciones"),
    "push subscriptions are made at push/subscribe/": (
        "las suscripciones push se crean en push/subscribe/"
    ),
    "the team's notifications go to this customer": (
        "las notificaciones del equipo van a este cliente"
    ),
    "the customer has vehicles ({vehicles}); erase/ removes everything of theirs": (
        "el cliente tiene vehículos ({vehicles}); erase/ elimina todo lo suyo"
    ),
    "the customer has appointments ({appointments}); erase/ removes everything of theirs": (
        "el cliente tiene citas ({appointments}); erase/ elimina todo lo suyo"
    ),
    "the customer has reminders ({reminders}); erase/ removes everything of theirs": (
        "el cliente tiene recordatorios ({reminders}); erase/ elimina todo lo suyo"
    ),
    "a key of a division cannot put customers into another one": (
        "una clave de división no puede poner clientes en otra"
    ),
    "no vehicle '{vehicle}'": "no existe el vehículo '{vehicle}'",
    "there is a vehicle '{vehicle}' already": "ya existe el vehículo '{vehicle}'",
    "the customer has no vehicle '{vehicle}'": "el cliente no tiene el vehículo '{vehicle}'",
    "reminder '{reminder}' of the vehicle is pending; complete or cancel it first": (
        "el recordatorio '{reminder}' del vehículo está pendiente; complételo o cancélelo primero"
    ),
    "no reminder '{reminder}'": "no existe el recordatorio '{reminder}'",
    "there is a reminder '{reminder}' already": "ya existe el recordatorio '{reminder}'",
    "a reminder needs due_on or due_mileage": "un recordatorio necesita due_on o due_mileage",
    "a mileage needs a vehicle": "un kilometraje necesita un vehículo",
    "a completed reminder is not changed any more": "un recordatorio completado ya no se cambia",
    "a cancelled reminder cannot be completed": ("un recordatorio cancelado no se puede completar"),
    "a customer has at most {most} push subscriptions": (
        "un cliente tiene como máximo {most} suscripciones push"
    ),
    "name the subscription's endpoint": "indique el endpoint de la suscripción",
    "the endpoint is no https address": "el endpoint no es una dirección https",
    "the key is not {length} bytes in base64url that are a point of P-256": (
        "la clave no son {length} bytes en base64url que formen un punto de P-256"
    ),
    "the secret is not {length} bytes in base64url": (
        "el secreto no son {length} bytes en base64url"
    ),
    # The internal API, imports, erasures and their tasks.
    "a valid X-Internal-Secret is required": "se requiere un X-Internal-Secret válido",
    "the secret is another tenant's": "el secreto es de otra empresa",
    "name the tenant": "indique la empresa",
    "no such task": "no existe esa tarea",
    "send a record, or a list of records": "envíe un registro o una lista de registros",
    "a request may have at most {most} records": (
        "una solicitud puede tener como máximo {most} registros"
    ),
    "the queue does not take this now; send it again": (
        "la cola no lo acepta en este momento; envíelo de nuevo"
    ),
    "give a customer_id, a phone or an e-mail address": (
        "indique customer_id, un teléfono o una dirección de correo"
    ),
    "a new customer needs a name": "un cliente nuevo necesita un nombre",
    "a new vehicle needs its customer": "un vehículo nuevo necesita su cliente",
    "a new vehicle needs its plate": "un vehículo nuevo necesita su placa",
    "there is a customer of that id already": "ya existe un cliente con ese id",
    "several customers have this and that name: give a customer_id": (
        "varios clientes tienen esto y ese nombre: indique customer_id"
    ),
    "send the file": "envíe el archivo",
    "line {line} is no CSV": "la línea {line} no es CSV",
    "line {line} is about the same customer": "la línea {line} trata del mismo cliente",
    "the file has no header '{header}'": "el archivo no tiene el encabezado '{header}'",
    "no header stands for the name: name one": (
        "ningún encabezado corresponde al nombre: indique uno"
    ),
    "two headers stand for '{column}': name one of them": (
        "dos encabezados corresponden a '{column}': indique uno de ellos"
    ),
    "a file may have at most {most} customers": (
        "un archivo puede tener como máximo {most} clientes"
    ),
    "{count} cells of the file are wrong": "{count} celdas del archivo no son válidas",
    "a division imports its own customers only": "una división importa solo sus propios clientes",
    "too late to cancel it: it is {state}": "ya no se puede cancelar: su estado es {state}",
    "no appointment '{appointment}'": "no existe la cita '{appointment}'",
    "an appointment's id has at most {most} letters, digits and . _ : -": (
        "el identificador de una cita tiene como máximo {most} letras, dígitos y . _ : -"
    ),
    "starts_at is more than {days} days ahead": "starts_at está a más de {days} días en el futuro",
    "the WhatsApp account '{account}' does not say its number: give it the setting '{setting}'": (
        "la cuenta de WhatsApp '{account}' no indica su número: agréguele el ajuste '{setting}'"
    ),
    "before the year {year}": "es anterior al año {year}",
    "two reminders at the same moment": "dos recordatorios en el mismo momento",
    "quiet hours begin and end at the same time": (
        "las horas de silencio empiezan y terminan a la misma hora"
    ),
}
"""By the English message."""

PYDANTIC: dict[str, str] = {
    "missing": "este campo es obligatorio",
    "extra_forbidden": "este campo no existe",
    "invalid_key": "las claves deben ser textos",
    "recursion_loop": "se contiene a sí mismo",
    "recursion_depth_exceeded": "demasiados niveles anidados",
    "json_invalid": "no es JSON válido",
    "json_type": "debe ser JSON",
    "model_type": "debe ser un objeto",
    "model_attributes_type": "debe ser un objeto",
    "dict_type": "debe ser un objeto",
    "mapping_type": "debe ser un objeto",
    "list_type": "debe ser una lista",
    "tuple_type": "debe ser una lista",
    "set_type": "debe ser una lista",
    "frozen_set_type": "debe ser una lista",
    "iterable_type": "debe ser una lista",
    "none_required": "debe ser null",
    "too_short": "debe tener al menos {min_length} elementos, y tiene {actual_length}",
    "too_long": "debe tener como máximo {max_length} elementos",
    "greater_than": "debe ser mayor que {gt}",
    "greater_than_equal": "debe ser mayor o igual que {ge}",
    "less_than": "debe ser menor que {lt}",
    "less_than_equal": "debe ser menor o igual que {le}",
    "multiple_of": "debe ser múltiplo de {multiple_of}",
    "finite_number": "debe ser un número finito",
    "string_type": "debe ser un texto",
    "string_unicode": "debe ser un texto en Unicode válido",
    "string_too_short": "debe tener al menos {min_length} caracteres",
    "string_too_long": "debe tener como máximo {max_length} caracteres",
    "string_pattern_mismatch": "no tiene la forma '{pattern}'",
    "string_not_ascii": "debe tener solo caracteres ASCII",
    "enum": "debe ser {expected}",
    "literal_error": "debe ser {expected}",
    "bool_type": "debe ser true o false",
    "bool_parsing": "debe ser true o false",
    "int_type": "debe ser un número entero",
    "int_parsing": "debe ser un número entero",
    "int_parsing_size": "es un número demasiado grande",
    "int_from_float": "debe ser un número entero, sin decimales",
    "float_type": "debe ser un número",
    "float_parsing": "debe ser un número",
    "decimal_type": "debe ser un número decimal",
    "decimal_parsing": "debe ser un número decimal",
    "decimal_max_digits": "debe tener como máximo {max_digits} dígitos",
    "decimal_max_places": "debe tener como máximo {decimal_places} decimales",
    "decimal_whole_digits": "debe tener como máximo {whole_digits} dígitos enteros",
    "bytes_type": "debe ser un texto",
    "bytes_too_short": "debe tener al menos {min_length} bytes",
    "bytes_too_long": "debe tener como máximo {max_length} bytes",
    "bytes_invalid_encoding": "no está codificado en {encoding}",
    "date_type": "debe ser una fecha",
    "date_parsing": "debe ser una fecha con la forma AAAA-MM-DD",
    "date_from_datetime_parsing": "debe ser una fecha con la forma AAAA-MM-DD",
    "date_from_datetime_inexact": "debe ser una fecha sin hora",
    "date_past": "debe ser una fecha pasada",
    "date_future": "debe ser una fecha futura",
    "time_type": "debe ser una hora",
    "time_parsing": "debe ser una hora",
    "time_delta_type": "debe ser una duración",
    "time_delta_parsing": "debe ser una duración",
    "datetime_type": "debe ser una fecha con hora",
    "datetime_parsing": "debe ser una fecha con hora (ISO 8601)",
    "datetime_from_date_parsing": "debe ser una fecha con hora (ISO 8601)",
    "datetime_object_invalid": "no es una fecha con hora válida",
    "datetime_past": "debe ser un momento pasado",
    "datetime_future": "debe ser un momento futuro",
    "timezone_naive": "debe ir sin zona horaria",
    "timezone_aware": "debe llevar zona horaria",
    "timezone_offset": "debe tener el desfase horario {tz_expected}",
    "union_tag_invalid": "{discriminator} debe ser uno de: {expected_tags}",
    "union_tag_not_found": "falta {discriminator}",
    "url_type": "debe ser una dirección web",
    "url_parsing": "debe ser una dirección web válida",
    "url_syntax_violation": "debe ser una dirección web válida",
    "url_too_long": "debe tener como máximo {max_length} caracteres",
    "url_scheme": "la dirección debe comenzar con {expected_schemes}",
    "uuid_type": "debe ser un UUID",
    "uuid_parsing": "debe ser un UUID",
    "uuid_version": "debe ser un UUID de la versión {expected_version}",
}
"""What pydantic says of a field, by its type of error."""


def spanish(message: str) -> str:
    """A message in Spanish, with its `{names}`; itself where there is no text."""
    if message.endswith(LINE) and message != LINE:
        return spanish(message.removesuffix(LINE)) + TEXTS[LINE]
    return TEXTS.get(message, message)


def spanish_title(status: HTTPStatus) -> str:
    """The name of an HTTP status."""
    return TITLES.get(status, status.phrase)


def spanish_of_pydantic(kind: str, values: Mapping[str, object]) -> str | None:
    """What pydantic says of a field; None for what it does not say of what clients write."""
    text = PYDANTIC.get(kind)
    if text is None:
        return None
    # Pydantic joins the values that it expects itself.
    told = {name: _joined(value) for name, value in values.items()}
    return text.format_map(told)


def _joined(value: object) -> object:
    return value.replace(" or ", " o ") if isinstance(value, str) else value
