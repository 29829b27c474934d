// What the parts of the page share. Text is only ever set as text, never as markup.

export const byId = (id) => document.getElementById(id);

export function show(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/** An element with properties and children; names with a dash are attributes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

// Numbers as people read them.

const whole = new Intl.NumberFormat("en");
export const count = (n) => whole.format(Math.round(n));

export function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB"];
  const step = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** step;
  return `${step && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}

export function span(seconds) {
  const [days, hours, minutes] = [seconds / 86400, (seconds / 3600) % 24, (seconds / 60) % 60].map(Math.floor);
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
}

// One exchange with the server, and how a part shows it.

const accept = { accept: "application/json, */*;q=0.1" };
const json = { ...accept, "content-type": "application/json" };

/** What was answered: status, a function that gives its fields, text, and the body read as JSON if it is. Never throws. */
export async function ask(method, path, body) {
  const call = { method, path, ok: false, status: 0, field: () => null, text: "", data: null };
  // Calls of one address at once would wait for each other in the browser's cache.
  const cache = path.startsWith("/api/") ? "no-store" : "default";
  const options = body === undefined ? { method, cache, headers: accept } : { method, cache, body, headers: json };
  const started = performance.now();
  try {
    const response = await fetch(path, { ...options, signal: AbortSignal.timeout(10_000) });
    const { ok, status, headers } = response;
    Object.assign(call, { ok, status, field: (name) => headers.get(name), text: await response.text() });
    call.took = performance.now() - started;
    if (/json/.test(headers.get("content-type") ?? "")) call.data = JSON.parse(call.text);
  } catch (error) {
    call.error = error.message;
  }
  call.took ??= performance.now() - started;
  return note(call);
}

// What every answer says of itself: its id, which the server's log has too, and how long the server took.

const NOTED = 24;

/** The last calls of this page, the oldest first. The event `call` says that there is one more. */
export const calls = [];

/** Adds a call, and to it what its fields say. */
export function note(call) {
  const timing = /(?:^|[ ,])app;dur=([\d.]+)/.exec(call.field("server-timing") ?? "");
  Object.assign(call, { id: call.field("x-request-id"), server: timing && Number(timing[1]) });
  calls.push(call);
  if (calls.length > NOTED) calls.shift();
  document.dispatchEvent(new Event("call"));
  return call;
}

/** Milliseconds; `null` if nobody said. */
export const milliseconds = (took) => (took === null ? "–" : `${took.toFixed(took < 10 ? 2 : 1)} ms`);

/** A request's id and a button that copies it, as a list of elements; nothing for `null`. */
export function copyable(id) {
  if (id === null) return [];
  const text = make("code", { className: "id", title: id }, id);
  const button = make("button", { type: "button", className: "copy" }, "Copy", make("span", { className: "unseen" }, ` request id ${id}`));
  button.addEventListener("click", () => copy(id, text));
  return [text, button];
}

/** The clipboard is kept back over clear text from another machine: then the id is selected, to be copied by hand. */
async function copy(id, element) {
  getSelection().selectAllChildren(element);
  const copied = await navigator.clipboard?.writeText(id).then(() => true, () => false);
  show("copied", "");
  show("copied", copied ? `Copied: request id ${id}` : "The browser does not copy here. The request id is selected.");
  clearTimeout(forget);
  forget = setTimeout(() => show("copied", ""), 4000);
}
let forget;

/** Writes an exchange into a `.wire` element. */
export function showWire(wire, body, call) {
  const status = call.status ? `${call.status}` : "no answer";
  wire.querySelector(".wire-head").replaceChildren(
    `${call.method} ${call.path} `,
    make("b", { className: call.ok ? "good" : "bad" }, status),
    ` ${call.took.toFixed(1)} ms`,
  );
  wire.querySelector(".wire-id").replaceChildren(...copyable(call.id), make("span", {}, `${milliseconds(call.server)} in the server`));
  const sent = body === undefined ? [] : [make("span", { className: "sent" }, `${clip(body)}\n\n`)];
  const location = call.field("location");
  const told = call.data ? JSON.stringify(call.data, null, 2) : (call.error ?? "(no content)");
  wire.querySelector("pre").replaceChildren(...sent, (location ? `location: ${location}\n\n` : "") + told);
}

const clip = (text) => (text.length > 400 ? `${text.slice(0, 60)}… (${text.length} characters)` : text);

/** A problem's sentence for one member of the body, `null` if it says nothing of it. */
export function messageFor(problem, member) {
  const error = problem?.errors?.find(({ loc }) => loc[0] === "body" && loc[1] === member);
  return error ? error.msg : null;
}
