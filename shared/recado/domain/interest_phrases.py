"""The phrases by which `recado.domain.interest` understands a reply, as data.

The notation is that of `recado.domain.plain_words.PhraseBook`. Spanish is that of Latin America,
and its accents are here for the reader only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Language(StrEnum):
    """A language whose phrases are known."""

    SPANISH = "es"
    ENGLISH = "en"


class Sense(StrEnum):
    """What a phrase does to the understanding of a reply."""

    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    QUESTION = "question"
    NEUTRAL = "neutral"
    """Says nothing, and keeps the words in it from saying something."""
    DEFERRAL = "deferral"
    """Leaves the answer to later: more than a mere acknowledgement, less than a yes or no."""
    NEGATION = "negation"
    """Turns the interest that follows it in the same clause."""
    PIVOT = "pivot"
    """What comes after it counts more."""
    CONCESSION = "concession"
    """What comes after it, up to the end of the clause, counts less."""


# Strengths. A question stands between PLAIN and EXPLICIT: "sí, ¿a qué hora?" is a question,
# "sí, me interesa, ¿a qué hora?" is interest.
ACKNOWLEDGED: Final = 1.0
DEFERRED: Final = 1.5
PLAIN: Final = 2.0
ASKED: Final = 2.5
EXPLICIT: Final = 3.0


class Meaning(NamedTuple):
    """What a phrase does, and how much it counts."""

    sense: Sense
    strength: float = 0.0


_YES_EXPLICIT = Meaning(Sense.INTERESTED, EXPLICIT)
_YES = Meaning(Sense.INTERESTED, PLAIN)
_ACKNOWLEDGED = Meaning(Sense.INTERESTED, ACKNOWLEDGED)
_NO_EXPLICIT = Meaning(Sense.NOT_INTERESTED, EXPLICIT)
_NO = Meaning(Sense.NOT_INTERESTED, PLAIN)
_QUESTION = Meaning(Sense.QUESTION, ASKED)
_DEFERRED = Meaning(Sense.DEFERRAL, DEFERRED)
_NEUTRAL = Meaning(Sense.NEUTRAL)
_NEGATION = Meaning(Sense.NEGATION)
_PIVOT = Meaning(Sense.PIVOT)
_CONCESSION = Meaning(Sense.CONCESSION)

CLASSES: Final = {
    "want": """
        quiero queremos quisiera quisiéramos deseo deseamos necesito necesitamos querría gustaría
        busco pido
        """,
    "come": """
        ir asistir llegar estar pasar presentarme acudir acercarme irme venir participar
        acompañarlos acompañarles conectarme entrar
        """,
    "take_part": """
        ir asistir agendar agendarme agendarla reservar apartar separar participar aplicar
        postular postularme inscribirme anotarme apuntarme reagendar reagendarla reprogramar
        reprogramarla mover continuar seguir trabajar entrar probar comprar contratar formar
        confirmar aceptar sacar tomar hacerme programar aprovechar conversar
        """,
    "day": """
        lunes martes miércoles jueves viernes sábado domingo hoy mañana pasado tarde noche
        mediodía ahora ahorita fin semana lunes temprano entonces día
        """,
    "job": """
        trabajo empleo chamba pega laburo camello brete puesto trabajito ocupación
        """,
    "slot": """
        cita turno reserva reservación hora entrevista sesión servicio todo mantenimiento masaje
        visita solicitud pedido orden proceso
        """,
    "give": """
        da dan den dice dicen diga digan dime dígame díganme indica indican indique indíqueme
        explica explican explique explíqueme manda mandan mande mándame mándeme mándenme envía
        envían envíe envíame envíeme envíenme pasa pasan pase pásame páseme pásenme regala regalan
        regale regálame regáleme comparte comparten compárteme compártame pasas mandas dices das
        envías regalas compartes confirmas explicas avisan ayuda ayudan ayúdame ayúdeme confirma
        confirman confírmame confírmeme recuerda recuerdan recuérdame recuérdeme avisa
        """,
    "giving": """
        dar decir indicar explicar mandar enviar pasar regalar compartir ayudar confirmar recordar
        facilitar brindar colaborar orientar informar aclarar
        """,
    "facts": """
        dirección ubicación ubi info información informacion precio precios costo costos valor
        valores detalles datos requisitos horario horarios link enlace catálogo lista sueldo
        salario teléfono número mapa cotización presupuesto maps pin tarifas tarifa beneficios
        promociones planes hora fecha
        """,
    "can": "puede pueden podría podrían podrás puedes podés podrías",
    "very": """
        muy bastante súper super re demasiado un poco tan medio algo recontra realmente totalmente
        sumamente mega
        """,
}

SPANISH: Final = (
    # Interest
    (
        """
        me [super] interesa/interesan/intereza/interesaría/interesarían/interese/interesó |
        nos interesa/interesaría |
        estoy/estaría/sigo/quedo/estaba [todavía/aún] [{very}] [{very}] interesado/interesada |
        ^ interesado/interesada $ | ^ [{very}] interesado/interesada | si interesa |
        soy el interesado/indicado | acepto | aceptamos | acepto la/el/su propuesta/oferta/puesto |
        confirmo | confirmamos | confirmó | cuente/cuenten/cuenta/contá/contad con migo/nosotros |
        cuente/cuenten/cuenta/contá conmigo |
        me apunto/anoto/sumo/animo/inscribo/postulo/copo/prendo | le entro | jalo | me jalo |
        si quiero | claro que si/quiero/voy | por supuesto [que] [si] | desde luego |
        con todo/mucho gusto | con gusto | encantado/encantada | me encantaría/encanta |
        será un placer | con todo el gusto | lo/la/los/las quiero/tomo/compro/acepto/apruebo |
        tomo/acepto la/el/esa/ese | autorizo | autorizado/autorizada | apruebo | aprobado/aprobada |
        procedan/proceda/procedamos | ^ adelante [con] | tienen/tiene luz verde | luz verde |
        ^ háganle/hágale/denle/dele/hágalo/háganlo | dele/denle $ |
        ahí/ahi/allí/allá/alla/acá/aquí [mismo] estaré/estare/estaremos/estoy/llego/llegaré/voy |
        ahí/allí/allá/alla/acá [mismo] nos vemos | asistiré | asistiremos | si asisto/asistiré |
        no me lo/la/los pierdo/perdería/pierdo | no falto/faltaré/fallo/fallaré/faltaría |
        {want} .. {take_part} | me gustaría .. {take_part} | {want} la/el/una/un/esa/ese/mi {slot} |
        {want} la/el/una/un .. {slot} | tengo [mucho/todo/bastante/el] interés | con interés |
        de mi interés | me encantó/fascina/encantaría | cuente/cuenten con ello/eso/mí/nosotros |
        estoy/estamos de acuerdo | necesito/busco/quiero [el/un/ese/este] {job} |
        quiero ese/esa/este/esta | estamos interesados |
        empiecen/comiencen/arreglen/procedan/repárelo |
        repárenlo/arréglelo/arréglenlo/arréglalo/cámbielo |
        cámbienlo/cámbialo/póngale/pónganle/revísenlo/revíselo |
        pueden/puede empezar/comenzar/proceder |
        pueden/puede hacerlo/arreglarlo/repararlo/cambiarlo | soy puntual | acudiré |
        me presentaré | me conecto/conectaré | allá/ahí caigo | sí deseo/deseamos |
        {want} que me llamen/agenden/contacten | le/les/te confirmo que/mi/la/asistencia/cita |
        sería un gusto/placer/honor | me encuentro [{very}] interesado/interesada |
        cambie/cambien/cámbieme/cámbienme/mueva [la/mi/esa] cita/hora/turno |
        muevan/muéveme/reprograme/reprogramen/reagende/reagenden [la/mi/esa] cita/hora/turno |
        continuemos/sigamos/avancemos/agendemos/reservemos/procedamos/separemos |
        con mucha ilusión
        """,
        _YES_EXPLICIT,
    ),
    (
        """
        si $ | si claro | claro | obvio | obviamente | dale | dale dale | de una | simón | sip |
        sipi | sipo | seh | sisas | sisi | sisisi | ^ si [que] [si] | si , | si señor/señora |
        si po/pe | creo que si | yo si | que si | también si | efectivamente | exacto |
        exactamente | correcto | afirmativo | así es | asi mismo | de acuerdo | de acuerdo con |
        va que va | vamos | arre | órale | sobres | ándale | sale y vale | a huevo | hágale |
        hágalo | háganlo | hagámoslo | hagámosle | démosle | de fly | fijo | ^ va $ | ^ va va $ |
        ^ sale $ | ^ ya po/pe/pues/dale $ | al tiro | bacán | ^ jálate $ | está hecho | hecho |
        trato hecho | si puedo | ^ puedo $ | puedo {come} | puedo [el/a/por/este/la] {day} |
        puedo a las | sí podría | si voy | ^ voy $ | voy en/para/llegando/saliendo/mañana/hoy |
        ^ ya voy | voy a {come} | yo voy | voy el/la/por {day} | voy a las | voy con |
        estoy [ya] en camino/llegando | en camino | voy yendo | iré | iremos | ahi iré | si iré |
        ^ llego | ^ ya llego | yo/que/ahí/ahora/allá llego | llego a/en/tarde/temprano/con/puntual |
        llegaré | llegamos | llegaremos | estaré | estaremos | nos vemos | asisto | llevaré |
        llevo el/mi [carro/auto/coche/vehículo/moto] | si tengo | tengo disponibilidad |
        estoy/estaría [muy] disponible/listo/lista/dispuesto | ^ disponible | disponible $ |
        estoy/estaría dispuesta | estoy a la/su orden/disposición | quedo atento/atenta/pendiente |
        quedo/quedamos a la espera | a sus órdenes |
        agéndeme/agéndame/agéndenme/anóteme/anótame/anótenme/apúnteme/apúntame/apúntenme |
        resérveme/resérvame/resérvenme/sepáreme/sepárame/sepárenme/apárteme/apártame/apártenme |
        inscríbame/inscríbeme/inscríbanme/póngame/ponme/prográmeme/regístreme/regístrame |
        agende/agenden/reserve/reserven/separe/aparte la/el/una/mi |
        llámame/llámeme/llámenme/márcame/márqueme | me [puede/pueden] llamar/llama/marcar |
        confirmado/confirmada | reconfirmo | reconfirmado |
        queda/quedó/quedamos confirmado/confirmada |
        me gusta/gustaría/gustó/conviene/sirve/cuadra/late/acomoda/funciona/agrada/tinca/copa |
        me viene/queda/parece/va/cae [muy] bien/perfecto/excelente/genial/súper/mejor/bueno |
        me parece | me/nos conviene | me va | nos sirve/parece/queda |
        no hay/habría/tengo/tenemos [ningún/ninguna] problema/problemas/drama/lío/rollo/bronca |
        no hay/habría/tengo [ningún/ninguna] inconveniente/lio/falla/tema/clavo/tos/pex/fijon |
        sin problema/problemas/falta/lío/inconveniente | sin ningún/ninguna problema/inconveniente |
        cómo no $ | cómo no , | ^ como no | por qué no $ | por qué no ? | no se diga mas |
        no lo/la dejo pasar | eso quiero | ^ eso $ | ^ quiero $ | yo quiero | hazlo |
        ya quedó/quedamos | ya lleno/llené | ya lo llené | adjunto |
        [le/te/les] mando/envío/adjunto/mandé/envié mi cv/hoja/currículum/curriculum/cédula |
        ya [le/les/te] mandé/envié mi | ya apliqué/agendé/confirmé/reservé | ya me inscribí/anoté |
        me lo/la reserva/reservan/aparta/apartan/separa/guardan/guarda | buenísimo | buenazo |
        joya | bárbaro | de diez | pura vida | tuanis | me cuadra | me urge | urgente |
        [el/la/este] {day} si | mejor el/la {day} | mejor a las | ^ 100 $ | de ley | seguro que si |
        ^ seguro $ | fija |
        {want} cambiar/cambiarla/pasar/pasarla/mover/moverla/posponer/aplazar .. para |
        prefiero [el/la/a/por] [la/las] {day} | okok | sisisisi | obvi | claro que |
        estoy/estamos/voy [ya] saliendo/llegando/afuera/aquí/abajo/cerca/acá |
        ya estoy/estamos/voy [ya] saliendo/llegando/afuera/aquí/abajo/cerca/acá |
        dejo/comparto/mando/envío/adjunto/anexo/paso .. cv/hoja/currículum |
        dejo/comparto/mando/envío/adjunto/anexo/paso .. documentos/papeles/cédula/datos |
        dejé/compartí/mandé/envié/adjunté/pasé .. cv/hoja/currículum/documentos/papeles/cédula |
        tengo todo listo | paso por/a el/la/mi/las/los/recoger/buscar/retirar/ver |
        yo paso por/a/el/mañana/hoy | le/les/te/los/las/nos caigo/veo/vemos/espero/esperamos |
        les llevo/llevaré/mando/envío | le llevo | caigo a/al/el | sin falta | en eso/así quedamos |
        quedamos así/en | hasta mañana/el/pronto |
        pásenla/pásamela/pásemela/pásela/cámbiela para/al/a |
        cámbiemela/cámbiamela/muévala/muévela/muévanla para/al/a | la/lo/los/las necesito |
        me hace falta | sí estoy/tengo/podemos/asistimos | allá voy/vamos |
        siga/sigan/continúe/continúen con | me da igual | me es igual |
        cuando quiera/quieran/guste/gusten/digan/pueda/puedan | no hay de otra | está dicho |
        primero dios | dios mediante | si dios quiere | guárdame/guárdeme/guárdenme | la/lo espero |
        estoy listo/lista/atento/atenta | estamos listos | ya estoy/estamos/voy en/por/de |
        {can} agendarme/anotarme/apuntarme/reservarme/separarme/apartarme/inscribirme/esperarme |
        {can} agendarla/agendar/reservar/separar/apartar/programar/programarla la/el/una/mi/para/a |
        me {can} agendar/anotar/apuntar/reservar/separar/apartar/inscribir/programar/esperar |
        tengo .. experiencia | años de experiencia | disponibilidad inmediata/total/completa |
        sin duda | así será | por mí [está/todo] bien | por mí perfecto/encantado/encantada/dale |
        ahí/allá/acá estamos | me encuentro disponible | agendado/agendada | me presento |
        está/esta bueno | como usted/ustedes diga/digan/guste/quiera
        """,
        _YES,
    ),
    (
        """
        ok | okey | okay | oki | okis | okidoki | oka | okas | ^ listo | listo $ | ^ listos |
        bueno | está/esta bien | todo bien | ^ [muy/que] bien | que bueno/bien | perfecto |
        excelente | genial | súper | fantástico | maravilloso | entendido | enterado/enterada |
        recibido | anotado | vale | ^ ya [ya] $ | ajá | aja | ^ si | chévere | chido | bacano |
        fino | buena onda | padrísimo | está/esta perfecto/genial/excelente/chévere/bueno | 👍 |
        👌 | ❤ | 🧡 | 💛 | 💚 | 💙 | 💜 | 🤎 | 🖤 | 🤍 | ♥ | 💕 | 💖 | 💯 | ✅ | ✔ | ☑ | 🙌 |
        👏 | 🤝 | 💪 | ^ 🙏 $ | 😍 | 🥰 | 🤩 | 🎉 | 🆗 | ✌ | 🤙 | 🫡 | 🔥
        """,
        _ACKNOWLEDGED,
    ),
    # No interest
    (
        """
        no [,] gracias | no [,] muchas/mil/pero gracias |
        no [,] [pero] [se] [le/les/te] [lo] agradezco | gracias [,] pero no | gracias [,] no $ |
        por ahora/hoy no | por el momento/mes no | de momento no | no por ahora/hoy |
        no por el momento | en este/estos momento/momentos no |
        ahora/ahorita/hoy/todavía/aún/actualmente no $ | no ahora $ | no ahorita $ |
        no en este momento | será/sera en otra/la próxima | otro día será |
        en otra ocasión/oportunidad | para otra ocasión/oportunidad | para la próxima $ |
        en esta no | en esta ocasión/oportunidad no | esta vez no | mejor no | yo no |
        creo/pienso que no $ | ya no $ | que no $ | nel | nel pastel | por supuesto que no |
        claro que no | desde luego que no | obvio que no | nelson | nones | nanay | naranjas | nah |
        ni de broma/chiste/vaina/fundas/coña/riesgo |
        ni loco/loca/muerto/muerta/hablar/modo/madres/soñando/a/al/en/por/aunque/borracho/que |
        para nada $ | en absoluto | de ninguna manera | ni gratis | ^ paso $ | ^ yo paso $ |
        paso de eso/esa | paso $ |
        ya [conseguí/encontré/tengo/cuento/estoy/tenemos] [con] [un/otro/otra/el] {job} |
        ya conseguí | ya encontré | ya me contrataron | ya estoy trabajando/laborando |
        ya firmé con |
        ya no [lo/la/me/le/nos] quiero/necesito/busco/interesa/puedo/estoy/voy/requiero/hace |
        ya no será/hace falta | ya [lo/la] vendí |
        ya lo/la arreglé/reparé/hice/compré/cambié/resolví |
        ya [lo/la] [hice/llevé/compré] .. en otro/otra lado/parte/taller |
        ya [lo/la] [reparé/arreglé/resolví/vendí] .. en otro/otra lado/parte/taller |
        {very} caro/cara/caros/costoso/costosa/elevado/salado |
        {very} lejos/bajo/poco/poquito/retirado/retirada/distante | ^ caro |
        es/esta/está/sale caro/cara | carísimo/carísima | lejísimos | lejísimo | no me alcanza |
        no me da el presupuesto | fuera de [mi/nuestro/el] presupuesto/alcance |
        no [está/esta] [en] [mi] presupuesto | [que] cancelar/cancele/cancelen/cancela [la] $ |
        [que] cancelo/canceló/cancelame/cancelen/cancelemos [la] $ |
        cancelar/cancele/cancelen/cancela/cancelo .. {slot} |
        cancelarla/cancelarlo/anular/anule/anulen .. {slot} | cancelarla | anularla |
        cancélela/cancélelo/cancélala/cancélenla/anúlela/anúlala | cancelada/cancelado/anulada |
        no cuenten/cuente/cuentes conmigo | [me] bajo/bajé del proceso |
        número/numero/telefono equivocado | equivocado de número/persona |
        se equivocó/equivoca/equivocaron | se ha/han equivocado | se equivocó de |
        esta/está equivocado/equivocada | no soy [yo] $ | no soy | no conozco a | no es mi número |
        ^ equivocado | rechazo | rechazamos | declino | descarto | desisto | me retiro |
        renuncio al/a | rechazado | no acepto | no autorizo | no [le/lo] [me] quiero | no queremos |
        no deseo | no deseamos | no necesito | no requiero | no busco | no estoy/ando buscando |
        no quisiera | no [me] conviene | no estoy | no califico | no cumplo | no aplico |
        no es para mí | no es lo que busco/quiero/esperaba | no es lo mío | no cuento con |
        nada que ver | no va conmigo | no me llama la atención | perdí el interés |
        no lo/la haga/hagan/quiero/arregle/arreglen/repare/reparen/cambie/cambien | no me convence |
        no me convencieron | no me gusta/gustó/gustaría | 👎 | ❌ | 🚫 | 🙅 | ✖ | 🛑 | ⛔ | 💔 |
        😒 | 🙄 | 😡 | 🤮 | ❎ | no va a ser posible | no es/será/sería/fue posible |
        no me es/será posible | déjelo/déjalo/dejémoslo/déjenlo así/ahí |
        así déjelo/déjalo/dejémoslo/está/estoy bien gracias | estoy bien así | así estoy bien |
        ya me [lo/la] hicieron/arreglaron/atendieron/repararon/solucionaron/cambiaron |
        es mucha plata/dinero/cosa | mucha plata |
        ni pensarlo/regalado/ganas/regalada/queriendo/así/pagándome |
        ya tengo/acepté/conseguí/compré/encontré/contraté [a] otra/otro/uno/una |
        ya me conseguí/compré/salió | no es necesario/mía/mío | ya no es necesario | no hace falta |
        no será necesario | esa/ese/esta/este no es mi/mío/mía |
        nunca/no/jamás [la/lo] pedí/solicité/agendé [esa/ninguna] [cita/reserva] |
        nunca/no/jamás [la/lo] saqué/reservé/hice [esa/ninguna] [cita/reserva] | prefiero que no |
        prefiero no continuar/seguir/ir/participar/hacerlo | más adelante quizá/quizás/tal |
        no confío | no me fío | desconfío | no me da confianza | no creo en |
        no tengo/tenemos interés | sin interés | no estamos interesados | no tengo ganas |
        no me animo | me arrepentí | cambié de opinión/idea | olvídelo/olvídalo/olvídense |
        ahí muere/muérele | ya fue | ya lo solucioné | ya está arreglado/vendido/reparado |
        lo/la vendí | en otro/otra lado/taller/parte/spa | otro taller/spa |
        {want} cancelar/anular/cancelarla/anularla |
        tengo/tuve/debo/toca/tendré [que] cancelar/anular | ^ qué va | me rajo | me abstengo |
        ya contraté/contratamos | mal pagado | no insista/insistan/insistas | no me late |
        ya [lo/la] llevé | me quedé sin plata/dinero/carro/trabajo | no pienso |
        no le/lo/la/les hagan/haga nada |
        decidí/decidimos/preferí buscar/quedarme/quedarnos/no/otra/otro/dejarlo/dejar |
        preferimos/prefiero/preferiría buscar/quedarme/quedarnos/no/otra/otro/dejarlo/dejar |
        retiro mi postulación/candidatura/solicitud | no continúo/continuaré/seguiré/proseguiré |
        no [vale] la pena | no me dio/da buena espina |
        vi/conseguí/encontré [uno/otro/algo] más/mejor barato/precio | por las nubes |
        un ojo de la cara | es demasiado | ya no gracias | de momento paso | no voy a pagar
        """,
        _NO_EXPLICIT,
    ),
    (
        """
        no puedo | no podré | no podre | no podremos | no podría | no pude | no alcanzo | no llego |
        no llegaré | no voy | no iré | no asistiré | no estaré | no vamos | no podemos | no creo |
        imposible | se me complica | se me complicó | me es/resulta/queda imposible |
        se me hace difícil/imposible | nunca | jamás |
        no tengo [el/mi] [más] tiempo/plata/dinero/carro/auto/vehículo/experiencia/disponibilidad |
        no hay/tengo plata | [me] queda/está/quedan [{very}] [{very}] lejos/retirado/distante |
        ^ lejos | lastimosamente no | lamentablemente no | desafortunadamente no | [un] no rotundo |
        tampoco puedo/podría/voy/quiero | nop | nope | nopi | noup | ñe | nanai | ni modo | nada $ |
        ninguno/ninguna $ | tampoco | negativo | estoy fuera de la ciudad | estoy fuera del país |
        ando de viaje | tengo otro compromiso | estoy ocupado/ocupada $ |
        ya no trabajo/vivo/tengo/manejo/hago/uso/participo |
        ya no deseo/pienso/continuo/continuaré/puedo/asistiré/iré |
        no tengo/hay con/cómo/dónde quién/quien/ir/llegar/llevarlo/dejar/dejarlos | prefiero no |
        lamento no poder | no poder asistir/ir/acudir | no alcanzaré |
        no voy a alcanzar/poder/ir/estar/llegar/asistir |
        estoy enfermo/enferma/hospitalizado/hospitalizada | fuera de la ciudad/del |
        estoy/ando/estaré de viaje | me siento mal | pagan [muy/tan] poco/poquito/mal | no vivo en |
        no me presento | son/es una/unos/puro/pura estafa/estafadores/fraude |
        no hay forma/chance/manera | no se va a poder | no se podrá | me surgió/salió algo/un/una |
        se me presentó | no me dan permiso | ese día trabajo/viajo | ando corto/corta de |
        no alcancé
        """,
        _NO,
    ),
    # Questions without their marks; one with its mark needs no phrase
    (
        """
        cuánto | cuanta | cuántos | cuántas | dónde | adónde | cuál | cuáles | quién | quiénes |
        a/de/desde/hasta qué hora | a/de/desde/hasta/para/por/en/con que [tan] {day} |
        a/desde/hasta/para/por cuándo | de/a/con/por/para/en/sobre/desde quién/cuál/cuánto/dónde |
        de qué empresa/parte/se/trata/es/marca | en qué consiste/parte/sector/lugar/zona/horario |
        para qué es/empresa/sirve/puesto/cargo/fecha | por qué me/es/se/tan/cobran | con qué |
        cuándo es/sería/son/puedo/podría/empieza/empezaría |
        cuándo inicia/inicio/abren/me/toca/hay/sale/está |
        cuándo tienen/tiene/llega/pasan/entregan/vence/termina/pagan/fue | ^ cuando $ |
        para cuando |
        cómo es/son/sería/hago/hacemos/llego/funciona/puedo/se/hacer/le/para/sé/va/van/fue/aplico |
        cómo pago/queda/quedó/agendo/cancelo/reservo/consigo/trabajan |
        qué hora/horas/horario/horarios/día/días/fecha/fechas/precio/precios/costo/valor/incluye |
        qué documentos/requisitos/papeles/tipo/es/significa |
        qué vacante/vacantes/empresa/debo/tengo/hay |
        qué necesito/hago/llevo/pasa/pasó/sueldo/salario/zona/parte/sector/ofrecen/piden/marca/más |
        qué otra/otro/otros/otras/servicios/masajes/promociones/tienen/tratamientos/cargo/puesto |
        qué onda $ | qué tan | qué tanto | a como | a cómo | que repuestos/aceite/llantas |
        qué días | qué tal es | ^ tienen | ^ tiene | ^ hay | ^ aceptan | ^ atienden | ^ abren |
        ^ hacen | ^ queda en | ^ incluye | ^ venden | ^ trabajan | ^ manejan | ^ dan | ^ ofrecen |
        ^ realizan | ^ cuentan con | ^ cobran | ^ reciben | ^ se puede | ^ se necesita | ^ se paga |
        ^ será que | será que [me] | es posible | ^ es presencial | ^ es remoto |
        ^ es con/por/de/para/en/obligatorio/necesario/verdad/cierto/seguro |
        atienden/abren/trabajan los/el | hay/tienen cupo/cupos/turno/turnos/espacio/disponibilidad |
        todavía/aún hay/está/están/tienen/atienden/sigue/siguen/necesitan/buscan |
        sigue/siguen en pie | sigue/siguen disponible/vigente/abierta/abierto/disponibles |
        ^ {can} | {can} .. {giving} | me {can} | [me] {give} .. {facts} | me {give} .. si |
        [me] {give} porque | me dices | me confirma/confirman .. si | ^ {give} .. {facts} |
        {want} [más/mayor] {facts} | {want} [que] [me] {giving} .. {facts} | {want} saber |
        {want} conocer | {want} preguntar/consultar |
        me gustaría/gustaria saber/conocer/preguntar/consultar/entender | {want} que me {give} |
        más/mas/mayor/mayores info/información/detalles/datos | algo más de información |
        ^ {facts} $ | ^ {facts} del/de/y/por | ^ puedo cambiar/pasar/llevar/pagar/mover/reagendar |
        tengo/tendría [una/un/unas/otra/algunas] [pequeña] duda/dudas/pregunta/preguntas/consulta |
        ^ [una/otra] pregunta/consulta/duda/preguntita | una pregunta/consulta/dudita |
        mi duda/pregunta es | no entiendo | no entendí | no comprendo | no me queda claro |
        no me acuerdo | no recuerdo | quedó/quedo listo mi | [ya] está/esta listo mi/el | ❓ | 🤔 |
        ⁉ | ❔ | 🤷 | qué le/les/me/se hicieron/hizo/cobran/recomienda/recomiendan/pasó/falta |
        qué le/les/me/se dijo/dijeron/hace/hacen/necesita/ofrece/paga/encontraron | qué son |
        incluye/incluyen [el/la/los/iva/todo] |
        ustedes [también] hacen/tienen/atienden/venden/manejan/trabajan/dan/reciben/aceptan |
        también hacen/atienden/venden/manejan/reciben |
        me interesa/interesaría saber/conocer/preguntar/consultar |
        quería saber/preguntar/consultar/confirmar/ver | me ayuda/ayudas/ayudan con/a |
        una preguntica/preguntilla | sabe/saben/sabes si/cuándo/dónde/qué |
        hay/tiene/tienen [algún/alguna] descuento/garantía/costo |
        hay/tiene/tienen [algún/alguna] promoción/parqueadero/estacionamiento/parking |
        tiene/tienen servicio | a domicilio | ^ [y] el/la/los/las {facts} $ | se demora/demoran |
        cómo así | necesitan/piden experiencia/título/referencias/cédula |
        ^ a/de/en/por/con/para qué | me/nos explica/explican/explicas/explique |
        hay/existe [la/alguna] posibilidad | es factible | cada cuánto | a nombre de quién |
        en cuánto tiempo | ^ [y] tendrán/tendrían/tendría/habrá/habría/sería |
        ^ [y] serían/podré/podremos/debo/dan/hacen/tienen |
        ^ [y] cómo/cuándo/dónde/qué es/sería/queda/puedo/hago/hay/me/se
        """,
        _QUESTION,
    ),
    # Words that seem to say something
    (
        """
        no es que no [me/lo/la] [quiera/pueda/guste/interese] | no [lo] dudo/dude/duden/dudes |
        no se/te preocupe/preocupes/preocupen | no importa | no pasa nada | no me molesta |
        no solo/sólo | no está/esta [muy/tan/nada] caro | no es [muy/tan/nada] caro |
        no [me] queda/está/esta [muy/tan/nada] lejos | no [lo/la] [había/he] visto/vi/leí/leído |
        esté/estén/quede/queden listo/lista/listos | no puedo/pude parar/creer/dejar/creerlo |
        no pude/podía ver/contestar/responder/escribir/leer | no me llegó/llega |
        no [me] ha/han llegado/contestado/respondido/avisado | no [me] contestan |
        no [me] [ha] [han] contestaron/responden/respondieron/avisaron | no veo | no encuentro |
        no tengo [aun/aún/todavía] respuesta | no falta | por si no | a menos que no | si no |
        si fuera/hubiera/tuviera/pudiera/fuese/hay/quieren/gusta/desean/acaso | si me/le {give} |
        si puedo [le/les/te] {day} | en cuanto | cuanto antes | unos cuantos | por cuanto |
        donde sea/quiera/siempre/usted/vivo | de donde vivo/trabajo/estoy | sea cual | cual sea |
        cualquiera | quien sea | lo que sea | qué pena |
        qué lindo/linda/rico/rica/chévere/amable/amables | qué tal | bueno días | listo para |
        no [más/mas] que | el nunca | estaré/estare pendiente | si [es] [que] alcanzo | si alcanzo |
        de repente | más adelante |
        qué calor/frío/lástima/risa/emoción/alegría/gusto/miedo/susto/vergüenza/dolor |
        que le/les/te vaya/mejore | que tenga/tengan/tengas/esté/estén/estés/dios |
        con quién dejar/dejarlo/dejarlos/dejarla | de cuando en | no quería/quise molestar |
        se lo/la paso/mando/envío/digo
        """,
        _NEUTRAL,
    ),
    (
        """
        voy a ver/preguntar/consultar/consultarlo/pensar |
        voy a pensarlo/analizar/hablar/revisar/averiguar/verificar | no he decidido |
        todavía/aún no me decido | lo voy a pensar/ver/consultar/revisar |
        lo pienso/consulto/reviso/analizo |
        déjame/déjeme/déjenme ver/pensar/pensarlo/revisar/consultar/consultarlo/preguntar/lo |
        te/le/les aviso/confirmo/escribo/llamo/digo/cuento/contesto/respondo/marco $ |
        [ya/luego/ahorita] te/le/les aviso/escribo/llamo/digo [mañana/luego/después] |
        [mañana/después/yo] te/le/les aviso/escribo/llamo/digo [mañana/luego/después] |
        [ya/luego/ahorita] te/le/les aviso/escribo/llamo/digo [ahora/cuando/en/si] |
        [mañana/después/yo] te/le/les aviso/escribo/llamo/digo [ahora/cuando/en/si] |
        [ya/luego/ahorita] te/le/les cuento/contesto/respondo/marco [mañana/luego/después] |
        [mañana/después/yo] te/le/les cuento/contesto/respondo/marco [mañana/luego/después] |
        [ya/luego/ahorita] te/le/les cuento/contesto/respondo/marco [ahora/cuando/en/si] |
        [mañana/después/yo] te/le/les cuento/contesto/respondo/marco [ahora/cuando/en/si] |
        le/les/te confirmo $ | le/les/te confirmo mañana/luego/después/más/en/si/cuando |
        luego/después/mañana/ahorita confirmo/aviso/llamo/hablamos |
        hablamos luego/después/mañana/más | [les/le/te] estaré avisando/confirmando/escribiendo |
        en cuanto pueda/sepa/llegue/salga/tenga | un momento/minuto/momentito/segundo/rato |
        deme/dame/denme/déme un/unos | espere/espera/espéreme/espérame |
        estoy viendo/pensando/pensándolo/analizando/analizándolo/manejando | tal vez | quizá |
        quizás | posiblemente | probablemente | a lo mejor | puede que | ^ puede/podría ser $ |
        no sé | no sé si/qué/cuál/cómo/cuándo/dónde/cuánto |
        no sé si .. me interesa/interese/conviene/convenga |
        no sé si .. pueda/puedo/podré/vaya/quiero | si no me interesa | no lo sé | no sabría |
        no estoy [muy/tan/100] seguro/segura/claro | después/luego/ya/ahí vemos/veremos |
        tengo que ver/pensar/pensarlo/consultar/consultarlo/preguntar/revisar/hablar | depende
        """,
        _DEFERRED,
    ),
    ("no|ni|sin|nunca|jamás|tampoco", _NEGATION),
    (
        """
        pero | sin embargo | no obstante | sino | sino que | ahora bien | más bien | mas bien |
        excepto
        """,
        _PIVOT,
    ),
    ("aunque|aun así|a pesar de|pese a|por más que|así sea", _CONCESSION),
)

ENGLISH: Final = (
    (
        """
        im [very/really/still/definitely/so/super] interested |
        i am [very/really/still] interested | ^ [very/still] interested | interested in |
        it interests me | count me/us in | im in | im down | i accept | accepted | i confirm |
        confirming | id/ill love to | i would love to | would love to | sign me up | ill take it |
        ill be there | we will be there | well be there | ill come | ill attend |
        i will be/attend/come/take | see you [there/then/tomorrow/on/at/soon/in] | id like to |
        i would like to | i want to come/apply/book/schedule/proceed | book me | put me down |
        go ahead | please go ahead | ^ proceed | cant wait | wouldnt miss it | looking forward |
        approved | ill stop/come/swing/drop by | ill be/bring/do/go/attend/make/see/pick |
        i will be/bring/do/go/make/see | lets schedule/book | im very interested
        """,
        _YES_EXPLICIT,
    ),
    (
        """
        yes | yeah | yea | yep | yup | yess | ya sure | sure | sure thing | of course | absolutely |
        definitely | certainly | sounds good/great/perfect/fine | lets do it | works for me/us |
        works great | works | confirmed | no problem/worries/prob | on my way | im coming |
        im on my | i can make it | i can come/do/go/be | thats/that [is] fine/perfect/great/good |
        why not | i do | i will | available | im available | gladly | i want it | i want to |
        i want this | with pleasure | call me | ^ do | deal | youre on | correct | i dont mind |
        dont mind | lets go | im free | happy to | be there | count on me |
        sounds wonderful/awesome/lovely/amazing/like | will do | ill take
        """,
        _YES,
    ),
    (
        """
        ok | okay | great | perfect | awesome | good | cool | got it | fine | alright | nice | 👍
        """,
        _ACKNOWLEDGED,
    ),
    (
        """
        no thanks | no thank/ty [you] | thanks but no [thanks] | not interested |
        no longer [interested/looking] | i dont want | dont want | not for me | not right now |
        not now | not at this/the time/moment | not today | [i] already have [a/another] job |
        already have | already found | found another | too expensive/far | ill pass | i pass |
        hard pass | ^ pass $ | wrong number/person | not anymore | any more | decline | i decline |
        cancel .. appointment/booking/reservation/session/it/visit | i need to cancel | ^ cancel $ |
        have to cancel | no way | never mind | nevermind | not looking | i dont need | dont need |
        rather not | not a good fit | i accepted another | out of my budget | cant afford |
        id rather not | maybe next time | another time | not going to | im going to pass |
        going to pass | have to pass | gonna pass | not really | not for now |
        someone/somewhere else | not my appointment | too far | too much money | no interest |
        changed my mind | withdraw | not worth | isnt for me | dont think so | ^ im good $ |
        im good thanks/thank | no im good | not my thing
        """,
        _NO_EXPLICIT,
    ),
    (
        """
        nope | nah | naw | cant make it | i cant | cant come/do/go | cannot | i wont | wont be |
        unable | unfortunately | im afraid not | not available | im busy | wont work | doesnt work |
        cant | sorry [,] no | no can do
        """,
        _NO,
    ),
    (
        """
        how much | how long | how many | how far | how do | how can | how is | what time |
        what day | what is | whats | what are | what do | what does | what kind | what about |
        where is | where are | where do | where | wheres | when is | when are | when do | when can |
        when does | when will | who is | whos | who are | which | why is/do/are |
        ^ is it/there/this/the/that/my | ^ are you/there/they/the | ^ do you/i/they/we |
        ^ does it/the/this | ^ can i/you/we/it | ^ could i/you/we | ^ would it/you |
        ^ will it/you/there/i | ^ may i | ^ should i | more info/information/details |
        i have a/one/some question/questions | ^ [quick] question | id like to know |
        i would like to know | want to know | wondering if | let me know if/what/when/how |
        can you tell | tell me more | i dont understand | ^ price | ^ address | ^ location |
        send me the/more | ^ does | does that/this/it/the | ^ can we/my/they |
        can we/you/i .. instead | ^ did | ^ has | ^ have you | ^ are there/we | ^ is the/a |
        ^ will the/they/my | ^ would that | any chance | do you have/accept/take/offer/do/open |
        do i need | ^ what | ^ how | ^ when | ^ where | ^ why | ^ who | what should/to/else/if
        """,
        _QUESTION,
    ),
    (
        """
        ill let you know | not sure | ill think | how are you | no idea | ill get back | ill check |
        text you later | didnt get | havent received | thank you | in case | if not | good luck |
        good question | i will think | i will check | dont call me | dont text me | not now but |
        give me a/some | one moment | running late
        """,
        _NEUTRAL,
    ),
    (
        """
        let me [think/check/see/ask] | i dont know [yet] | i will let/think/check | call/maybe |
        it depends | talk later
        """,
        _DEFERRED,
    ),
    (
        """
        not | no | never | dont | doesnt | isnt | arent | cant | wont | without | didnt | wasnt
        """,
        _NEGATION,
    ),
    ("but|however|yet|instead", _PIVOT),
    ("although|though|even though/if|despite", _CONCESSION),
)
