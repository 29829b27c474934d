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

const json = { "content-type": "application/json" };

/** What was answered: status, fields that matter, text, and the body read as JSON if it is. Never throws. */
export async function ask(method, path, body) {
  const options = body === undefined ? { method } : { method, body, headers: json };
  const started = performance.now();
  try {
    const response = await fetch(path, { ...options, signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    const took = performance.now() - started;
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const location = response.headers.get("location");
    return { ok: response.ok, status: response.status, location, took, data: isJson ? JSON.parse(text) : null };
  } catch (error) {
    return { ok: false, status: 0, took: performance.now() - started, data: null, error: error.message };
  }
}

/** Writes an exchange into a `.wire` element. */
export function showWire(wire, method, path, body, answer) {
  const head = wire.querySelector(".wire-head");
  const status = answer.status ? `${answer.status}` : "no answer";
  head.replaceChildren(
    `${method} ${path} `,
    make("b", { className: answer.ok ? "good" : "bad" }, status),
    ` ${answer.took.toFixed(1)} ms`,
  );
  const sent = body === undefined ? [] : [make("span", { className: "sent" }, `${clip(body)}\n\n`)];
  const location = answer.location ? `location: ${answer.location}\n\n` : "";
  const told = answer.data ? JSON.stringify(answer.data, null, 2) : (answer.error ?? "(no content)");
  wire.querySelector("pre").replaceChildren(...sent, location + told);
}

const clip = (text) => (text.length > 400 ? `${text.slice(0, 60)}… (${text.length} characters)` : text);

/** A problem's sentence for one member of the body, `null` if it says nothing of it. */
export function messageFor(problem, member) {
  const error = problem?.errors?.find(({ loc }) => loc[0] === "body" && loc[1] === member);
  return error ? error.msg : null;
}
