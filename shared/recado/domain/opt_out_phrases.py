"""The phrases by which `recado.domain.opt_out` recognises that somebody opts out or in, as data.

The notation is that of `recado.domain.plain_words.PhraseBook`. Both languages are in one list: the
wish of a person who writes in the other one is as binding.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Wish(Enum):
    """What a phrase says about messages to come."""

    OUT = "out"
    """None any more, unless its own clause limits it ("no me escriban más hoy")."""
    OUT_IF_UNLIMITED = "out_if_unlimited"
    """None any more, unless anything in the message limits it ("no me llamen, escríbanme")."""
    IN = "in"
    LIMIT = "limit"
    """A time, a place or another way: less than all messages for ever."""
    NOTHING = "nothing"
    """Looks like a wish and is none."""


CLASSES: Final = {
    "messages": """
        mensajes mensaje mensajitos sms textos whatsapp whatsapps wasap wasaps wsp chats correos
        emails mails publicidad propaganda propagandas promociones promos ofertas spam
        notificaciones avisos anuncios recordatorios boletines comunicaciones cadenas encuestas
        messages message texts text notifications reminders promotions offers alerts ads stuff
        """,
    "these": """
        de estos estas esos esas este esta ese esa sus tus los las más tantos tantas ningún
        ninguna tipo otro otra un suyos tanta tanto la el any more your these those this such of
        all further marketing promotional such ni
        """,
    "write": """
        escriba escriban escribas escribás escribieran escribiera contacte contacten contactes
        contactaran moleste molesten molestes texteen textees hablen hable hables busquen busque
        jodan fastidien
        """,
    "send": """
        mande manden mandes mandaran envíe envíen envíes enviaran lleguen lleguen remitan
        """,
    "call": "llame llamen llames llamaran",
    "writing_me": """
        escribirme mandarme enviarme molestarme llamarme contactarme hablarme textearme buscarme
        escribirnos mandarnos enviarnos molestarnos hostigarme acosarme fastidiarme joderme
        spamearme llenarme
        """,
    "writing": """
        escribir mandar enviar molestar llamar contactar hostigar acosar joder fastidiar insistir
        spamear textear mensajear
        """,
    "doing": """
        escribiendo mandando enviando molestando llamando insistiendo fastidiando hostigando
        jodiendo
        """,
    "keep": "vuelvan vuelva vuelvas volver sigan siga sigas",
    "want": """
        quiero queremos deseo deseamos quisiera necesito necesitamos quería interesa
        """,
    "remove_me": """
        quítenme quíteme quítame sáquenme sáqueme sácame bórrenme bórreme bórrame elimínenme
        elimíneme elimíname remuévanme remuévame remuéveme retírenme retíreme retírame quitarme
        sacarme borrarme eliminarme removerme retirarme excluirme exclúyanme exclúyame bájenme
        bájeme
        """,
    "remove": """
        quiten quite saquen saque borren borre borra eliminen elimine elimina remuevan retiren
        retire quitar sacar borrar eliminar remover retirar supriman suprimir excluyan excluir
        """,
    "list": """
        lista listas listado listados base bases grupo grupos difusión contactos registros sistema
        directorio datos cadena boletín suscripción mensajes envíos campaña campañas canal
        """,
    "contact": """
        número contacto datos teléfono celular correo información whatsapp
        """,
    "leave": """
        darme denme deme déme dame dadme doy den dé dan darnos dándome
        """,
    "texting": """
        texting messaging contacting emailing bothering harassing spamming pinging writing calling
        annoying
        """,
    "text_me": "text message contact email call write bother msg",
}

WHOLE_MESSAGE: Final = (
    # CANCEL, END, QUIT, REVOKE, STOPALL, OPTOUT and UNSUBSCRIBE are opt-outs to Twilio, and most of
    # them to the FCC's rule on revoking consent (47 CFR 64.1200(a)(10)): whoever sends to the
    # United States must honour them. CANCELAR and ANULAR are in neither list, and in answer to the
    # reminder of an appointment they mean the appointment: taken for an opt-out, the workshop would
    # go on waiting and the person would lose every later reminder. They stay a refusal; a tenant
    # that books nothing adds them to its own keywords. SALIR leaves a menu as often as a list.
    (
        """
        stop | stop all | stopall | stop it | stop stop | stop now | end | quit | cancel | revoke |
        unsubscribe | unsub | unsuscribe | optout | opt out | remove | remove me | delete me |
        delete my number | no more | enough stop | baja | bajas | dar baja | de baja | dar de baja |
        baja total | baja ya | alto | alto ya | parar | pare | paren | parar todo | detener |
        detengan | basta | ya basta | basta ya | borrarme | bórrenme | bórreme | bórrame |
        eliminarme | elimínenme | elimíneme | elimíname | quitarme | quítenme | quíteme | quítame |
        sáquenme | sáqueme | sácame | retirarme | retírenme | removerme |
        eliminar suscripción/número | desuscribir | desuscribirse | no más | ya no más |
        no molestar | no enviar | no enviar más | no escribir | no escribir más | no contactar |
        cancelar sms/mensajes | cancelar suscripción | dejar de recibir
        """,
        Wish.OUT,
    ),
    (
        """
        start | unstop | subscribe | resubscribe | optin | opt in | alta | de alta | dar alta |
        dar de alta | iniciar | reanudar | reactivar | activar | suscribir | suscribirme |
        suscribirse | quiero alta | darme de alta | begin | resume
        """,
        Wish.IN,
    ),
)
"""What counts when it is the whole message, courtesy and punctuation apart. YES, which Twilio takes
for an opt-in, is missing on purpose: it answers whatever was asked last."""

SENTENCES: Final = (
    (
        # no more of it
        """
        no me/nos {write} más/mas/nunca/jamás/nuevamente | no {write} más | no me/nos {call} más |
        no {want} .. recibir/recibiendo .. nada | no me/nos {write} otra/de vez/nuevo |
        no [me/nos] {send} más $ | no me/nos {send} [más] nada |
        no me/nos {send} [{these}] [{these}] [{these}] {messages} | no {send} [{these}] {messages} |
        no [me/nos] {keep} [a] {writing} | no [me/nos] {keep} {writing_me} |
        no {keep} a {writing_me} | no [me/nos] {keep} {doing} | ya no me/nos {write} |
        ya no me/nos {send} $ | ya no {write} | ya no {send} $ | nunca/jamás más me {write} |
        nunca/jamás más me {send} $ | que ya no me {write} | no más {messages} |
        no más de sus {messages} | basta [ya] de/con [{these}] [{these}] {messages} |
        basta [ya] de {writing} | cero {messages} | ni un mensaje/mensajes más |
        ni un {messages} más |
        dejen/deja/dejá/deje/dejar/dejes/paren/pare/para/parar/cesen/cese [ya] de {writing_me} |
        dejen/deja/dejá/dejar/paren/pare/para/cesen/cese [ya] de [estar] {writing} |
        dejen/deja/dejá/dejar/paren/pare/para/parar/cesen [ya] de estar {doing} | dejar de recibir |
        dejen/deje/deja de llegar/llegarme | eviten/evite/evita {writing_me} |
        eviten/evite/evita {writing} [{these}] {messages} | abstenganse/absténgase de {writing_me} |
        suspendan/suspender [el/los/las/estos/sus] [envío/envíos] [de] [los/sus/estos] {messages} |
        suspenda [el/los/las/estos/sus] [envío/envíos] [de] [los/sus/estos] {messages} |
        detengan/detener [el/los/las/estos/sus] [envío/envíos] [de] [los/sus/estos] {messages} |
        paren/parar [el/los/las/estos/sus] [envío/envíos] [de] [los/sus/estos] {messages} |
        desactivar [el/los/las/estos/sus] [envío/envíos] [de] [los/sus/estos] {messages} |
        desactiven/cancelar [el/los/las/estos/sus] [envío/envíos] [de] [los/sus/estos] {messages} |
        cancelen/cancele/anulen/frenen [el/los/las/estos/sus] [envío] [de] [los/sus] {messages} |
        {remove_me} [ya/urgente] de/del .. {list} | me {remove} de/del .. {list} |
        {remove} me/mi/mis {contact} | me {remove} .. {list} | {remove} .. mi/mis {contact} de |
        [me] puede/pueden/podrían/podría/favor {remove} de .. {list} | {remove_me} $ |
        {remove} este número/contacto/celular | mi número sea eliminado/borrado |
        no [me/nos] {want} [seguir/más] recibir/recibiendo .. {messages} |
        no [me] {want} [seguir] recibir/recibiendo [más/nada] $ |
        no {want} más [{these}] [{these}] {messages} | ya no {want} [{these}] [{these}] {messages} |
        no {want} [{these}] información [por/de/suya/al] | no {want} .. recibir .. información |
        no {want} .. recibiendo .. información | no me {send} [{these}] información |
        no {want} que me/nos {write} | no {want} que me/nos {send} [{these}] {messages} |
        no {want} que me/nos {call} | no {want} que me/nos {keep} .. {messages} |
        no {want} que me/nos {keep} [a] {writing} |
        no {want} que me {keep} escribiendo/mandando/llamando | no {want} [más] contacto |
        no {want} ser contactado/contactada/molestado/molestada |
        no {want} que me estén escribiendo/mandando/llamando/molestando/enviando |
        no {want} saber [nada] [más] de ustedes | no {want} nada de ustedes |
        no autorizo [el] [envío] [de] [más] {messages} | no autorizo que me {write} |
        no autorizo [el] [uso/tratamiento] [de] mis datos | no autorizo que me {send} |
        no [les/le] [he] [di/dado/autoricé/autorizado] [mi] [para] que me {write} |
        no [me] lleguen [más] {messages} | no autorizo .. mis datos |
        dejen/deje/deja/déjenme/déjeme/déjame/déjense [ya] de {writing} |
        para/prefiero/pido/solicito/elijo no recibir [{these}] [{these}] {messages} |
        no recibir más {messages} | [me] salgo/salirme/salir de/del .. {list} |
        paren/basta/dejen/párenle/bájenle [ya] con [{these}] [{these}] {messages} |
        no {writing} más | no {writing} [{these}] {messages} | no {writing} a este {contact} |
        no {want} estar/pertenecer/aparecer/seguir en .. {list} |
        {want} salir/salirme de .. {list} |
        me saca/sacan/quita/quitan/borra/borran/elimina/eliminan/retira/retiran de/del .. {list} |
        no acepto/aceptaré más {messages} | voy a bloquearlos/bloquearlo/denunciarlos/reportarlos |
        [los/lo] bloqueado/bloqueados/reportado/reportados por spam | bloqueado $ |
        pierdan/olviden/borren mi {contact} | no [me] estén/esté {doing} | no {writing_me} más |
        no {writing_me} [{these}] {messages} |
        revoco/retiro/revocar/retirar .. consentimiento/autorización/permiso | {leave} de baja $ |
        me {leave} de baja $ | me de baja $ | {leave} de baja ya/inmediatamente/ahora/urgente |
        {leave} de baja de/del/en .. {list} | {leave} de baja de/del .. {messages} |
        {leave} de baja de/del [este/su] servicio $ | dar/dé/den de baja .. {contact} $ |
        [me] {want} dar de baja $ | me {want} dar de baja | dar de baja [de] .. {list} |
        dar de baja .. {messages} | dar/dé/den de baja mi/este {contact} |
        solicito/quiero/pido/deseo [la/mi] baja $ | solicito/pido [la/mi] baja de/del .. {list} |
        cancelar/cancele/cancelen/cancelo/cancela [mi/la/esta/una] suscripción |
        anular/anule/anulen/terminar/eliminar [mi/la/esta/una] suscripción | desuscribirme |
        desuscríbanme | desuscríbame | desuscríbeme | desinscribirme | desinscríbanme |
        desafiliarme | desafíliame | desafílienme | darme de baja $ | borrarme de $ |
        desuscripción | déjenme/déjeme/déjame/déjennos [ya] en paz |
        déjenme/déjeme/déjame tranquilo/tranquila | que no me {write} |
        que no me {send} [{these}] {messages} | que no me {call} más |
        los/lo/les/te/la voy/vamos a bloquear/denunciar/reportar | los/lo/te/la bloqueo/bloquearé |
        los/lo/te/la denuncio/denunciaré/reporto/reportaré | reportar/reporto/reportado .. spam |
        ^ stop $ | ^ baja $ | ^ stop stop | stop/quit/cease [all] {texting} |
        stop/quit sending/with .. {messages} | stop/quit sending me | stop contact |
        stop [all] [the/these/your/this] {messages} | please stop $ | stop blowing |
        dont/not/never [ever] {text_me} [me/us] again/anymore/ever/any/further |
        not {text_me} this number | dont {text_me} this number |
        take/remove/delete/drop/get/keep me [off/from/out] .. list/lists/database |
        take/remove/delete/drop/get/keep me [off/from/out] .. group/system/contacts |
        take me off $ | remove me $ | remove/delete/lose/erase [my/this] number |
        remove/delete my info/data/contact | take my number/name off/out | remove my name/number |
        enough with .. {messages} | dont/not/never send [me] [{these}] [{these}] {messages} |
        dont/not send me anything | stop this $ | end [my/the] subscription |
        end/cancel [all] {messages} | no texting | not/never {text_me} [me/us] again | i want out |
        unsubscribe | unsubscribing | opt me out | opt out | opting out | opted out |
        no more [of] [{these}] {messages} | dont/not/longer want/wish [to/any/more] .. {messages} |
        dont/not/longer want/wish to be contacted | dont/not want you .. {texting} |
        dont/not want to hear from | dont/not want you to {text_me} | leave me/us alone |
        cancel [my/the/this] subscription | revoke/withdraw my consent |
        ill/will/gonna/am/im [be] block/blocking/report/reporting you/this | reported [as] spam
        """,
        Wish.OUT,
    ),
    (
        """
        no me/nos {write} [a/en/por/al] [este/mi/aquí] [número/celular/whatsapp/medio] $ |
        no {want} [{these}] [{these}] {messages} | no {write} $ | ya no me/nos {call} |
        no {writing} $ | no [me] jodan/chinguen/fastidien $ |
        no me/nos {call} [a] [este/mi] [número/celular] $ | no me {send} $ | nada de {messages} $ |
        dont/not {text_me} me $ | dont/not {text_me} me please
        """,
        Wish.OUT_IF_UNLIMITED,
    ),
    (
        """
        {want} volver a recibir | {want} recibir .. {messages} .. otra/de/nuevamente |
        {want} recibir [{these}] {messages} | {want} seguir recibiendo .. {messages} |
        ya [me] puede/pueden/puedes [volver] [a] [escribirme/mandarme] .. {messages} |
        ya [me] puede/pueden/puedes [volver] [a] [enviarme/escribir/mandar] .. {messages} |
        ya puede/pueden/puedes [volver] [a] {writing_me} |
        puede/pueden/puedes volver a {writing_me} |
        puede/pueden/puedes {writing_me} de/otra/nuevamente | vuelvan/vuelva/vuelve a {writing_me} |
        me pueden volver a {writing} | me vuelvan a {writing} | {want} que me {keep} {writing} |
        {want} que me {keep} a {writing} | {want} que me {keep} escribiendo/mandando/enviando |
        reactivar/reactiven/reactive/reanudar/reanuden/activar/activen [mi/los/las/sus] {messages} |
        reactivar/reactiven/reactive/reanudar/activar/activen [mi/la] suscripción | suscríbanme |
        suscríbame | suscríbeme | {want} suscribirme | me {want} suscribir | suscribirme de/otra |
        {leave} de alta [otra/de] [vez/nuevo] $ | darme/denme/deme/dame de alta $ |
        darme/denme/deme/dame de alta .. {list} | darme/denme/deme/dame de alta .. {messages} |
        {want} darme de alta | agréguenme/agrégueme/agrégame/inclúyanme/póngame/pónganme .. {list} |
        acepto/autorizo recibir .. {messages} | autorizo que me {send} .. {messages} |
        me desuscribí por error | me di de baja por error | resubscribe | re subscribe |
        subscribe me | sign me [back] up | opt me [back] in | opt in | opting in | opt back in |
        want to subscribe | can/may/could {text_me} me again | start {texting} [me] |
        start sending me | resume .. {messages} | want to receive .. {messages} |
        want .. {messages} again | add me back | put me back on
        """,
        Wish.IN,
    ),
    (
        """
        hasta | ahora | ahorita | hoy | antes | después | tan | tarde | temprano | noche |
        madrugada | mañana | mientras | todavía | aún | al trabajo | en horas | en horario |
        a la oficina | domingo | domingos | fin/fines de | lunes | sábados | tantas veces | a cada |
        cada hora/rato/día/minuto | dos veces | repetidos | doble | solo | sólo | solamente |
        únicamente | por aquí | por acá | por este | mejor por/al/a | prefiero | escríbanme |
        escríbame | escríbeme | mándenme | mándeme | mándame | llámenme | llámeme | llámame |
        envíenme | envíeme | envíame | yo les/le/te | de espera | ya llegué/estoy/voy/salí |
        anterior | antiguo | viejo | antigua |
        el/la/los/al número/celular/correo/teléfono viejo/anterior | la factura | en la reunión |
        until | till | before | after | today | tonight | now | while | during | at work |
        at night | so late | so early | tomorrow | yet | only | just | twice | instead | text me |
        email me | call me | rather | too early/late
        """,
        Wish.LIMIT,
    ),
    (
        """
        no dejen/deje/dejes/deja [nunca] de {writing} |
        no dejen/deje/dejes [nunca] de {writing_me} | no [me] dejen/deje/dejes de {writing} |
        no paren de {writing} | no paren de {writing_me} | no [me] {want} [darme/dar] de baja |
        no {want} darme de baja | no me {leave} de baja | no me {remove} [de] .. {list} |
        no me {remove} | no {remove} mi {contact} | sin dar de baja |
        no {want} cancelar [mi/la] suscripción | no cancelen [mi/la] suscripción |
        no es que no {want} .. {messages} | no digo que no me {write} | no {want} dejar de recibir |
        por qué [ya] no me {write} | por qué [ya] no me {send} .. {messages} | ya no me escriben |
        no me escriben | no me {want} salir |
        dont/not/never/cant/wont/didnt stop/quit .. {texting} | dont/not/never/cant stop |
        dont unsubscribe [me] | dont/not remove/delete me/my | dont/not want to opt out |
        dont/not want to unsubscribe | reply/text/send stop .. unsubscribe | reply/text/send stop |
        dont/not cancel | dont/not opt me out | if you dont want | no start | dont start |
        not start | {want} recibir .. información | dont take me off | no problem |
        dont want to miss .. {messages} | dont want to stop .. {messages} |
        {remove_me} de la/esta/una duda | salir de viaje | salir de/del trabajo | salir $ |
        no {want} nada $ | ^ baja ? | ^ stop ? |
        para no recibir .. {messages} responda/responde/envíe/envía/escriba/escribe/digite |
        {leave} de alta del/en .. hospital/clínica/trabajo | no {want} nada por/de
        """,
        Wish.NOTHING,
    ),
)

MORE_COURTESIES: Final = """
        gracias | muchas gracias | mil gracias | gracias por todo | de antemano | thanks |
        thank you | ok | okay | bye | adiós | chao | chau | 👍 | 🙏 | 👋 | 😡 | 😠 | 🤬 | 🙄 | 😒 |
        ❌ | 🛑 | 🚫 | ✋ | ⛔ | atentamente | bendiciones | please please
        """
"""What else may stand around a keyword without changing it."""
