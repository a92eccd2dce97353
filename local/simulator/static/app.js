// The wall of phones: polls the control API and draws each message as its app would.

const POLL_MS = 1000;
const MOST_SHOWN = 500;

const TEXTS = {
  es: {
    skip: "Ir a los mensajes",
    title: "Muro de teléfonos",
    lead: "Lo que recibiría cada persona. Ningún mensaje sale de este equipo.",
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
    wall: "Mensajes",
    empty: "Todavía no llegó ningún mensaje. Cuando Recado envíe uno, aparecerá aquí al instante.",
    offline: "El simulador no responde; se vuelve a intentar.",
    total: "en total",
    received: "recibidos",
    accepted: "Aceptado",
    accepted_then_dropped: "Aceptado, pero se cortó la conexión",
    window: "Fuera de la ventana de 24 horas",
    template: "Plantilla",
    segments: "SMS facturados",
    text_version: "Versión de texto",
    headers: "Cabeceras",
    mail_frame: "Contenido del correo",
    no_subject: "(sin asunto)",
  },
  en: {
    skip: "Go to the messages",
    title: "Wall of phones",
    lead: "What each person would receive. No message leaves this machine.",
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
    wall: "Messages",
    empty: "No message has arrived yet. When Recado sends one, it appears here at once.",
    offline: "The simulator does not answer; trying again.",
    total: "in all",
    received: "received",
    accepted: "Accepted",
    accepted_then_dropped: "Accepted, but the connection was dropped",
    window: "Outside the 24-hour window",
    template: "Template",
    segments: "SMS billed",
    text_version: "Text version",
    headers: "Headers",
    mail_frame: "Content of the mail",
    no_subject: "(no subject)",
  },
};

const APPS = { whatsapp: "WhatsApp", sms: "SMS", email: "E-mail", push: "Push" };
const PROVIDERS = {
  meta: "Meta Cloud API",
  twilio: "Twilio",
  evolution: "Evolution API",
  ses: "Amazon SES",
  smtp: "SMTP",
  web_push: "Web Push",
};

// How each provider says that it will not deliver to this person.
const REFUSALS = [
  { provider: "meta", channel: "whatsapp", code: "131026" },
  { provider: "twilio", channel: "whatsapp", code: "63024" },
  { provider: "evolution", channel: "whatsapp", code: "exists:false" },
  { provider: "twilio", channel: "sms", code: "21610" },
  { provider: "ses", channel: "email", code: "MessageRejected" },
  { provider: "smtp", channel: "email", status: 550, code: "5.1.1" },
  { provider: "web_push", channel: "push", status: 410 },
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
let newest = "";
let timer = 0;
const shown = new Set();
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

// ---- Messages ----------------------------------------------------------------------------------

function deviceFor(message) {
  const owner = message.customer ?? message.to;
  const kind = { email: "mailbox", push: "browser" }[message.channel] ?? "phone";
  const key = `${kind} ${owner}`;
  const known = devices.get(key);
  if (known) return known;
  const count = element("span", "", "0");
  const screen = element("div", "screen");
  screen.setAttribute("role", "log");
  screen.setAttribute("aria-label", owner);
  screen.tabIndex = 0;
  const received = element("p", "count", count, " ", worded("span", "", "received"));
  const head = element("header", "", element("h3", "", owner), received);
  byId("wall").prepend(element("article", `device ${kind}`, head, screen));
  const device = { screen, count };
  devices.set(key, device);
  return device;
}

function draw(message) {
  const { screen, count } = deviceFor(message);
  const app = element("span", "app", APPS[message.channel]);
  const content = { email: mail, push: notice }[message.channel] ?? bubble;
  screen.append(
    element("article", `message ${message.channel}`, app, content(message), facts(message)),
  );
  count.textContent = String(screen.childElementCount);
  screen.scrollTop = screen.scrollHeight;
}

function bubble(message) {
  return element("div", "bubble", message.text);
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
  const dropped = message.outcome === "accepted_then_dropped";
  const outcome = element(
    "span",
    dropped ? "caution" : "accepted",
    dropped ? "⚠ " : "✓ ",
    worded("span", "", message.outcome),
  );
  return element(
    "p",
    "facts",
    arrivalTime(message.received_at),
    outcome,
    element("span", "", PROVIDERS[message.provider]),
    message.template ? fact("template", message.template.name) : null,
    message.segments ? fact("segments", message.segments) : null,
    message.window_closed ? windowClosed() : null,
  );
}

function arrivalTime(receivedAt) {
  const time = element("time", "", new Date(receivedAt).toLocaleTimeString([], { hour12: false }));
  time.dateTime = receivedAt;
  time.title = receivedAt;
  return time;
}

function fact(key, value) {
  return element("span", "", worded("span", "", key), `: ${value}`);
}

function windowClosed() {
  return element("span", "caution", "⏱ ", worded("span", "", "window"));
}

function showTotal() {
  byId("empty").hidden = shown.size > 0;
  byId("status").textContent = shown.size ? `${shown.size} ${TEXTS[language].total}` : "";
}

function clearWall() {
  shown.clear();
  devices.clear();
  byId("wall").replaceChildren();
  newest = "";
}

// ---- The control API -----------------------------------------------------------------------------

async function call(path, method = "GET", body = undefined) {
  const response = await fetch(path, {
    method,
    headers: body && { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

async function fetchMessages() {
  const query = newest ? `?since=${encodeURIComponent(newest)}` : "";
  const answer = await call(`/_sim/messages${query}`);
  if (epoch && answer.epoch !== epoch) {
    // The store forgot: what is on the wall is gone, and `since` left out what came after.
    clearWall();
    epoch = answer.epoch;
    return fetchMessages();
  }
  epoch = answer.epoch;
  return answer.messages.slice(-MOST_SHOWN);
}

async function refresh() {
  try {
    for (const message of await fetchMessages()) {
      if (shown.has(message.id)) continue;
      shown.add(message.id);
      newest = message.received_at;
      draw(message);
    }
    await showBehaviours();
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

for (const button of document.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => applyPreset(button.dataset.preset));
}
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
byId("reset").addEventListener("click", () => command("/_sim/reset", "POST"));
document.addEventListener("visibilitychange", poll);

speak(language);
