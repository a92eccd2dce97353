// The wall of phones: polls the control API, draws each conversation as its app would, and answers.

const POLL_MS = 1000;
const MOST_SHOWN = 500;

const TEXTS = {
  es: {
    skip: "Ir a las conversaciones",
    title: "Muro de teléfonos",
    lead: "Lo que cada persona recibe y contesta. Ningún mensaje sale de este equipo.",
    language: "Idioma",
    dials: "Hacer que fallen los proveedores",
    channel: "Canal",
    email: "Correo",
    everything: "Todos los canales",
    down: "Caído (503)",
    slow: "Lento (5 s)",
    busy: "Saturado (429)",
    refuse: "Rechaza al destinatario",
    vanish: "Acepta y corta",
    reset: "Borrar todo",
    normal: "Ahora todos los proveedores responden bien.",
    behaviours: "Fallos activos",
    withdraw: "Quitar este fallo",
    latency: "demora",
    drop_before: "corta antes de aceptar",
    drop_after: "acepta y corta",
    garbage: "respuesta ilegible",
    people: "Lo que hacen las personas",
    ladder: "Todos reciben y leen solos",
    write_on: "Escribir por",
    as: "como",
    text: "Texto",
    send: "Enviar",
    wall: "Conversaciones",
    empty: "Todavía no llegó ningún mensaje. Cuando Recado envíe uno, aparecerá aquí al instante.",
    offline: "El simulador no responde; se vuelve a intentar.",
    total: "en total",
    messages: "Mensajes",
    accepted: "Aceptado",
    accepted_then_dropped: "Aceptado, pero se cortó la conexión",
    told_sent: "Enviado",
    told_delivered: "Entregado",
    told_read: "Leído",
    told_failed: "Falló",
    told_bounce: "Rebotó",
    told_complaint: "Marcado como no deseado",
    window: "Fuera de la ventana de 24 horas",
    template: "Plantilla",
    segments: "SMS facturados",
    text_version: "Versión de texto",
    headers: "Cabeceras",
    mail_frame: "Contenido del correo",
    no_subject: "(sin asunto)",
    reply: "Contestar",
    reply_on: "Por qué app",
    mark_read: "Leer",
    stop: "STOP",
    bounce: "Rebotar",
    complain: "Marcar como no deseado",
    attached: "Adjunto",
    reacted: "Reaccionó",
    pressed: "Tocó",
    place: "Ubicación",
    card: "Contacto",
    blocked: "Bloqueó a la empresa",
    unblocked: "Desbloqueó a la empresa",
    changed_number: "Cambió de número",
    you: "La persona",
    product_answered: "Recado contestó",
    nothing_unread: "No hay nada por leer.",
  },
  en: {
    skip: "Go to the conversations",
    title: "Wall of phones",
    lead: "What each person receives and answers. No message leaves this machine.",
    language: "Language",
    dials: "Make the providers fail",
    channel: "Channel",
    email: "Mail",
    everything: "All channels",
    down: "Down (503)",
    slow: "Slow (5 s)",
    busy: "Overloaded (429)",
    refuse: "Refuses the recipient",
    vanish: "Accepts, then hangs up",
    reset: "Clear everything",
    normal: "All providers answer well at the moment.",
    behaviours: "Active failures",
    withdraw: "Remove this failure",
    latency: "delay",
    drop_before: "hangs up before accepting",
    drop_after: "accepts, then hangs up",
    garbage: "unreadable answer",
    people: "What people do",
    ladder: "All receive and read by themselves",
    write_on: "Write on",
    as: "as",
    text: "Text",
    send: "Send",
    wall: "Conversations",
    empty: "No message has arrived yet. When Recado sends one, it appears here at once.",
    offline: "The simulator does not answer; trying again.",
    total: "in all",
    messages: "Messages",
    accepted: "Accepted",
    accepted_then_dropped: "Accepted, but the connection was dropped",
    told_sent: "Sent",
    told_delivered: "Delivered",
    told_read: "Read",
    told_failed: "Failed",
    told_bounce: "Bounced",
    told_complaint: "Called unwanted",
    window: "Outside the 24-hour window",
    template: "Template",
    segments: "SMS billed",
    text_version: "Text version",
    headers: "Headers",
    mail_frame: "Content of the mail",
    no_subject: "(no subject)",
    reply: "Reply",
    reply_on: "With which app",
    mark_read: "Read",
    stop: "STOP",
    bounce: "Bounce",
    complain: "Call unwanted",
    attached: "Attachment",
    reacted: "Reacted",
    pressed: "Pressed",
    place: "Place",
    card: "Contact",
    blocked: "Blocked the company",
    unblocked: "Unblocked the company",
    changed_number: "Changed the number",
    you: "The person",
    product_answered: "Recado answered",
    nothing_unread: "There is nothing to read.",
  },
};

const APPS = {
  whatsapp: "WhatsApp",
  sms: "SMS",
  email: "E-mail",
  push: "Push",
  telegram: "Telegram",
  slack: "Slack",
  messenger: "Messenger",
  instagram: "Instagram",
};
const PROVIDERS = {
  meta: "Meta Cloud API",
  twilio: "Twilio",
  evolution: "Evolution API",
  ses: "Amazon SES",
  smtp: "SMTP",
  web_push: "Web Push",
  telegram: "Telegram",
  slack: "Slack",
  messenger: "Messenger",
  instagram: "Instagram",
};

// Who tells the product what people write.
const TALKERS = new Set([
  "meta",
  "twilio",
  "evolution",
  "telegram",
  "slack",
  "messenger",
  "instagram",
]);

// How far a message came, as the ticks that people know.
const TICKS = {
  sent: "✓",
  delivered: "✓✓",
  read: "✓✓",
  failed: "✗",
  bounce: "✗",
  complaint: "✗",
};

// Where somebody is who presses a button that asks for the place: the middle of Quito.
const HERE = { latitude: -0.2202, longitude: -78.5123, name: "Quito" };

const LADDER = { steps: ["sent", "delivered", "read"], delay_ms: 1200 };

// How each provider says that it will not deliver to this person.
const REFUSALS = [
  { provider: "meta", channel: "whatsapp", code: "131026" },
  { provider: "twilio", channel: "whatsapp", code: "63024" },
  { provider: "evolution", channel: "whatsapp", code: "exists:false" },
  { provider: "twilio", channel: "sms", code: "21610" },
  { provider: "ses", channel: "email", code: "MessageRejected" },
  { provider: "smtp", channel: "email", status: 550, code: "5.1.1" },
  { provider: "web_push", channel: "push", status: 410 },
  { provider: "telegram", channel: "telegram", status: 403 },
  { provider: "slack", channel: "slack", code: "user_not_found" },
  { provider: "messenger", channel: "messenger", code: "551" },
  { provider: "instagram", channel: "instagram", code: "551" },
];

const PRESETS = {
  down: (scope) => [{ ...scope, status: 503 }],
  slow: (scope) => [{ ...scope, latency_ms: 5000 }],
  busy: (scope) => [{ ...scope, status: 429, retry_after: 30 }],
  refuse: ({ channel }) => REFUSALS.filter((one) => !channel || one.channel === channel),
  vanish: (scope) => [{ ...scope, drop: "after" }],
};

const byId = (id) => document.getElementById(id);

let language = navigator.language.startsWith("es") ? "es" : "en";
let epoch = "";
let revision = 0;
let timer = 0;
const shown = new Map();
const devices = new Map();

// ---- Language -------------------------------------------------------------------------------

function translate(root = document) {
  for (const element of root.querySelectorAll("[data-text]")) {
    element.textContent = TEXTS[language][element.dataset.text];
  }
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", TEXTS[language][element.dataset.label]);
  }
}

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
  }
  translate();
  void poll();
}

// ---- Elements: texts of messages only ever become text nodes -----------------------------------

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function worded(tag, className, key) {
  const made = element(tag, className);
  made.dataset.text = key;
  made.textContent = TEXTS[language][key];
  return made;
}

// ---- Devices: a phone, a mailbox or a browser for each person ------------------------------------

function deviceFor(channel, owner) {
  const kind = { email: "mailbox", push: "browser" }[channel] ?? "phone";
  const key = `${kind} ${owner}`;
  const known = devices.get(key);
  if (known) return known;
  const count = element("span", "", "0");
  const screen = element("div", "screen");
  screen.setAttribute("role", "log");
  screen.setAttribute("aria-label", owner);
  screen.tabIndex = 0;
  const total = element("p", "count", worded("span", "", "messages"), ": ", count);
  const name = element("p", "name");
  const head = element("header", "", element("h3", "", owner), name, total);
  const device = { owner, screen, count, name, apps: new Map(), unread: [], composer: null };
  device.article = element("article", `device ${kind}`, head, screen);
  byId("wall").prepend(device.article);
  devices.set(key, device);
  return device;
}

function place(device, made, at) {
  made.dataset.at = at;
  // What a person says and what they receive come in two lists; the later one goes below.
  const later = [...device.screen.children].find((other) => other.dataset.at > at);
  device.screen.insertBefore(made, later ?? null);
  device.count.textContent = String(device.screen.childElementCount);
  device.screen.scrollTop = device.screen.scrollHeight;
}

function offer(device, provider, channel) {
  if (!TALKERS.has(provider)) return;
  const app = `${provider} ${channel}`;
  if (!device.apps.has(app)) device.apps.set(app, { provider, channel });
  if (!device.composer) {
    device.composer = composer(device);
    device.article.append(device.composer.form);
  }
  const { select, label } = device.composer;
  select.replaceChildren(
    ...[...device.apps].map(([value, one]) => {
      const option = element("option", "", `${APPS[one.channel]} · ${PROVIDERS[one.provider]}`);
      option.value = value;
      return option;
    }),
  );
  // A person answers where they were last written to.
  select.value = app;
  label.hidden = device.apps.size < 2;
}

function labelled(key, control, className = "") {
  const words = worded("span", "unseen", key);
  return element("label", className, words, control);
}

function action(key, className, act) {
  const button = worded("button", className, key);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

function composer(device) {
  const input = element("input");
  input.autocomplete = "off";
  input.required = true;
  const select = element("select");
  const send = worded("button", "primary", "send");
  send.type = "submit";
  const label = labelled("reply_on", select, "app-choice");
  const note = element("p", "note");
  note.setAttribute("role", "status");
  const chosen = () => device.apps.get(select.value);
  const quick = element(
    "div",
    "quick",
    action("mark_read", "", () => readOne(device, note)),
    action("stop", "", () => say(device, note, { ...chosen(), text: "STOP" })),
  );
  const line = element("div", "line", labelled("reply", input, "wide"), send);
  const form = element("form", "composer", label, line, quick, note);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await say(device, note, { ...chosen(), text: input.value })) input.value = "";
  });
  return { form, select, label, note };
}

async function readOne(device, note) {
  const message = device.unread.find((one) => one.receipts.includes("read"));
  if (!message) {
    note.textContent = TEXTS[language].nothing_unread;
    return;
  }
  await tell(note, "/_sim/receipts", { message: message.id, status: "read" });
}

function say(device, note, inbound) {
  return tell(note, "/_sim/inbound", { from: device.owner, ...inbound });
}

async function tell(note, path, body) {
  note.textContent = "";
  let done = false;
  try {
    const { answers } = await call(path, "POST", body);
    const refused = answers.filter((status) => status < 200 || status > 299);
    note.textContent = refused.length
      ? `${TEXTS[language].product_answered}: ${refused.join(", ")}`
      : "";
    done = true;
  } catch (error) {
    note.textContent = error.message;
  }
  await poll();
  return done;
}

// ---- What people receive -------------------------------------------------------------------------

function draw(message) {
  const known = shown.get(message.id);
  const device = deviceFor(message.channel, message.customer ?? message.to);
  device.unread = device.unread.filter((one) => one.id !== message.id);
  if (message.told !== "read" && message.receipts.includes("read")) device.unread.push(message);
  if (known) {
    known.querySelector(".facts").replaceWith(facts(message));
    return;
  }
  const app = element("span", "app", APPS[message.channel]);
  const content = { email: mail, push: notice }[message.channel] ?? bubble;
  const made = element("article", `message ${message.channel}`, app, content(message, device));
  made.append(facts(message));
  shown.set(message.id, made);
  place(device, made, message.received_at);
  offer(device, message.provider, message.channel);
  if (message.channel === "email") made.append(mailActions(message));
}

function bubble(message, device) {
  const words = element("div", "bubble", message.text);
  if (message.media_url) {
    words.append(
      element("p", "link", "📎 ", worded("span", "", "attached"), `: ${message.media_url}`),
    );
  }
  if (!message.buttons) return words;
  const buttons = message.buttons.map((button, index) => pressable(message, device, button, index));
  return element("div", "asked", words, element("div", "buttons", ...buttons));
}

function pressable(message, device, button, index) {
  if (button.kind === "url") {
    const link = element("a", "press", `${button.title} ↗`);
    if (/^https?:/.test(button.url)) link.href = button.url;
    link.rel = "noopener noreferrer";
    link.target = "_blank";
    return link;
  }
  const made = element("button", "press", button.title);
  made.type = "button";
  const { provider, channel, id } = message;
  const reply = { provider, channel, reply_to: id };
  const answer = {
    location: () => ({ ...reply, location: HERE }),
    form: () => ({ ...reply, button: index, text: "{}" }),
  }[button.kind] ?? (() => ({ ...reply, button: index }));
  made.addEventListener("click", () => say(device, device.composer.note, answer()));
  return made;
}

function notice(message) {
  const link = message.payload?.url;
  return element(
    "div",
    "notice",
    message.subject ? element("p", "subject", message.subject) : null,
    element("p", "", message.text),
    link ? element("p", "link", String(link)) : null,
  );
}

function mail(message) {
  const subject = message.subject
    ? element("p", "subject", message.subject)
    : worded("p", "subject", "no_subject");
  const envelope = element("div", "envelope", subject, element("p", "from", message.from));
  const sheet = element("div", "sheet", envelope);
  if (message.html !== undefined) sheet.append(mailFrame(message));
  if (message.text) sheet.append(textVersion(message));
  if (message.headers) sheet.append(headerList(message.headers));
  return sheet;
}

function mailActions(message) {
  const note = element("p", "note");
  note.setAttribute("role", "status");
  const wanted = { bounce: "bounce", complain: "complaint" };
  const buttons = Object.entries(wanted)
    .filter(([, status]) => message.receipts.includes(status))
    .map(([key, status]) =>
      action(key, "", () => tell(note, "/_sim/receipts", { message: message.id, status })),
    );
  return element("div", "quick", ...buttons, note);
}

function mailFrame(message) {
  const frame = element("iframe");
  frame.setAttribute("sandbox", "");
  frame.dataset.label = "mail_frame";
  frame.setAttribute("aria-label", TEXTS[language].mail_frame);
  frame.src = `/_sim/messages/${encodeURIComponent(message.id)}/html`;
  return frame;
}

function textVersion(message) {
  const details = element("details", "", worded("summary", "", "text_version"));
  details.append(element("pre", "", message.text));
  details.open = message.html === undefined;
  return details;
}

function headerList(headers) {
  const list = element("dl");
  for (const [name, value] of Object.entries(headers)) {
    list.append(element("dt", "", name), element("dd", "", value));
  }
  return element("details", "", worded("summary", "", "headers"), list);
}

function facts(message) {
  return element(
    "p",
    "facts",
    clock(message.received_at),
    progress(message),
    element("span", "", PROVIDERS[message.provider]),
    message.template ? fact("template", message.template.name) : null,
    message.segments ? fact("segments", message.segments) : null,
    message.window_closed ? windowClosed() : null,
  );
}

function progress(message) {
  if (message.told) {
    const failed = TICKS[message.told] === "✗";
    const words = worded("span", "", `told_${message.told}`);
    const mark = element("span", `ticks ${message.told}`, TICKS[message.told]);
    return element("span", failed ? "caution" : "accepted", mark, " ", words);
  }
  const dropped = message.outcome === "accepted_then_dropped";
  const mark = dropped ? "⚠ " : "○ ";
  return element(
    "span",
    dropped ? "caution" : "accepted",
    mark,
    worded("span", "", message.outcome),
  );
}

function clock(at) {
  const time = element("time", "", new Date(at).toLocaleTimeString([], { hour12: false }));
  time.dateTime = at;
  time.title = at;
  return time;
}

function fact(key, value) {
  return element("span", "", worded("span", "", key), `: ${value}`);
}

function windowClosed() {
  return element("span", "caution", "⏱ ", worded("span", "", "window"));
}

// ---- What people say -----------------------------------------------------------------------------

function drawInbound(said) {
  if (shown.has(said.id)) return;
  const device = deviceFor(said.channel, said.from);
  if (said.name) device.name.textContent = said.name;
  const words = element("div", "bubble", ...wordsOf(said));
  const who = worded("span", "unseen", "you");
  const made = element("article", `message own ${said.channel}`, who, words);
  made.append(element("p", "facts", clock(said.at)));
  shown.set(said.id, made);
  place(device, made, said.at);
  offer(device, said.provider, said.channel);
}

function wordsOf(said) {
  const words = [];
  if (said.button) words.push(element("p", "", worded("span", "", "pressed"), `: ${said.button}`));
  if (said.reaction !== undefined) {
    words.push(element("p", "", worded("span", "", "reacted"), `: ${said.reaction || "—"}`));
  }
  if (said.place) {
    const { latitude, longitude, name } = said.place;
    const where = `: ${name ?? ""} ${latitude}, ${longitude}`;
    words.push(element("p", "", "📍 ", worded("span", "", "place"), where));
  }
  if (said.card) {
    const { name, phone } = said.card;
    words.push(element("p", "", "👤 ", worded("span", "", "card"), `: ${name} ${phone}`));
  }
  if (said.file) {
    const link = element("a", "", `📎 ${said.file}`);
    link.href = new URL(said.file_url).pathname;
    words.push(element("p", "", link));
  }
  if (said.event) {
    const more = said.new_number ? `: ${said.new_number}` : "";
    words.push(element("p", "", worded("span", "", said.event), more));
  }
  if (said.text) words.push(element("p", "", said.text));
  return words;
}

function showTotal() {
  byId("empty").hidden = shown.size > 0;
  byId("status").textContent = shown.size ? `${shown.size} ${TEXTS[language].total}` : "";
}

function clearWall() {
  shown.clear();
  devices.clear();
  byId("wall").replaceChildren();
  revision = 0;
}

// ---- The control API -----------------------------------------------------------------------------

async function call(path, method = "GET", body = undefined) {
  const response = await fetch(path, {
    method,
    headers: body && { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    const words = problem.error ? `${problem.error.field ?? ""} ${problem.error.message}` : "";
    throw new Error(`${response.status} ${words || `${method} ${path}`}`);
  }
  return response.status === 204 ? null : response.json();
}

async function fetchChanges() {
  const changes = await call(`/_sim/changes?after=${revision}`);
  if (epoch && changes.epoch !== epoch) {
    // The store forgot: what is on the wall is gone, and `after` left out what came since.
    clearWall();
    epoch = changes.epoch;
    return fetchChanges();
  }
  epoch = changes.epoch;
  return changes;
}

async function refresh() {
  try {
    const changes = await fetchChanges();
    for (const message of changes.messages.slice(-MOST_SHOWN)) draw(message);
    for (const said of changes.inbound.slice(-MOST_SHOWN)) drawInbound(said);
    revision = changes.revision;
    await showBehaviours();
    await showLadder();
    showTotal();
  } catch {
    byId("status").textContent = TEXTS[language].offline;
  }
}

async function poll() {
  clearTimeout(timer);
  if (document.hidden) return;
  await refresh();
  // Again, because a click may have polled meanwhile: there must be one clock only.
  clearTimeout(timer);
  timer = setTimeout(poll, POLL_MS);
}

// ---- Failures ------------------------------------------------------------------------------------

function described(behaviour) {
  const texts = TEXTS[language];
  return [
    PROVIDERS[behaviour.provider],
    behaviour.channel ? APPS[behaviour.channel] : behaviour.provider ? null : texts.everything,
    behaviour.recipient,
    behaviour.status,
    behaviour.code,
    behaviour.drop && texts[`drop_${behaviour.drop}`],
    behaviour.garbage && texts.garbage,
    behaviour.latency_ms && `${texts.latency} ${behaviour.latency_ms / 1000} s`,
    behaviour.probability < 1 && `${Math.round(behaviour.probability * 100)} %`,
    behaviour.times && `${behaviour.matched}/${behaviour.times}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function behaviourItem(behaviour) {
  const text = described(behaviour);
  const button = element("button", "", "✕");
  button.type = "button";
  button.setAttribute("aria-label", `${TEXTS[language].withdraw}: ${text}`);
  button.addEventListener("click", () => command(`/_sim/behaviour/${behaviour.id}`, "DELETE"));
  return element("li", "", element("span", "", text), button);
}

let drawnBehaviours = "";

async function showBehaviours() {
  const { behaviours } = await call("/_sim/behaviour");
  const state = language + JSON.stringify(behaviours);
  // Untouched while nothing changes, so that a button in focus stays there.
  if (state === drawnBehaviours) return;
  drawnBehaviours = state;
  byId("normal").hidden = behaviours.length > 0;
  byId("behaviours").replaceChildren(...behaviours.map(behaviourItem));
}

async function command(path, method, ...bodies) {
  byId("alert").textContent = "";
  try {
    for (const body of bodies.length ? bodies : [undefined]) await call(path, method, body);
  } catch (error) {
    byId("alert").textContent = error.message;
  }
  await poll();
}

function applyPreset(name) {
  const channel = byId("channel").value;
  const behaviours = PRESETS[name](channel ? { channel } : {});
  return command("/_sim/behaviour", "POST", ...behaviours);
}

// ---- What people do by themselves ----------------------------------------------------------------

async function showLadder() {
  const { ladders } = await call("/_sim/ladder");
  const general = ladders.some((one) => !one.recipient);
  byId("ladder").setAttribute("aria-pressed", String(general));
}

function toggleLadder() {
  const pressed = byId("ladder").getAttribute("aria-pressed") === "true";
  return pressed ? command("/_sim/ladder", "DELETE") : command("/_sim/ladder", "POST", LADDER);
}

async function writeAsStranger(event) {
  event.preventDefault();
  const [channel, from, text] = ["channel", "from", "text"].map((one) => byId(`stranger-${one}`));
  const said = { channel: channel.value, from: from.value.trim(), text: text.value };
  if (await tell(byId("alert"), "/_sim/inbound", said)) text.value = "";
}

byId("ladder").addEventListener("click", toggleLadder);
byId("stranger").addEventListener("submit", writeAsStranger);
for (const button of document.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => applyPreset(button.dataset.preset));
}
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
byId("reset").addEventListener("click", () => command("/_sim/reset", "POST"));
document.addEventListener("visibilitychange", poll);

speak(language);
