// The chat room: a socket that comes back, and a page that keeps what was typed until the room has heard it.

import { byId, count, make, show, size } from "/page.js";

const LINES = 200;
const FRAMES = 40;
const PING = 15_000;
const PATIENCE = 10_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

const text = byId("chat-text");
const name = byId("chat-name");
const log = byId("chat-log");

// The socket.

let socket = null;
let failures = 0;
let retry;
let heartbeat;
let overdue;
let asked = 0;

const isOpen = () => socket?.readyState === WebSocket.OPEN;

function state(kind, words) {
  byId("chat-state").className = `state ${kind}`;
  show("chat-state-text", words);
}

function connect() {
  clearTimeout(retry);
  if (socket) return;
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/chat`);
  socket = mine;
  totals = { sent: 0, received: 0 };
  mine.addEventListener("open", () => send({ kind: "enter", name: name.value.trim(), seen }));
  mine.addEventListener("message", ({ data }) => hear(data));
  mine.addEventListener("close", (event) => {
    if (mine === socket) lost(event);
  });
}

function lost({ code, reason }) {
  [socket, you, asked] = [null, 0, 0];
  clearInterval(heartbeat);
  clearTimeout(overdue);
  show("chat-trip", "–");
  show("chat-protocol", "–");
  show("chat-extensions", "–");
  people.clear();
  drawPeople();
  frame("closed", "×", `closed ${code}${reason && ` ${reason}`}`);
  giveBack();
  // Half of the wait is by chance: pages that lost one server do not all come back at once.
  const wait = Math.min(FIRST_WAIT * 2 ** failures++, LONGEST_WAIT) * (0.5 + Math.random() / 2);
  state("lost", `${why(code, reason)} Trying again in ${Math.ceil(wait / 1000)} s.`);
  retry = setTimeout(connect, wait);
}

/** RFC 6455 §7.4.1. 1006 is the browser's word for an end without a goodbye. */
function why(code, reason) {
  if (code === 1001) return "The server said goodbye (1001).";
  if (code === 1006) return "The server is not reached (1006).";
  return `The socket was closed (${code}${reason && `: ${reason}`}).`;
}

function send(message) {
  const data = typeof message === "string" ? message : JSON.stringify(message);
  socket.send(data);
  frame("sent", "↑", data);
}

/** Asks for a sign of life; without one the socket is given up, whatever the browser believes. */
function ping() {
  asked = performance.now();
  send({ kind: "ping" });
  const mine = socket;
  overdue = setTimeout(() => {
    mine.close();
    if (mine === socket) lost({ code: 1006, reason: "" });
  }, PATIENCE);
}

function trip(since) {
  show("chat-trip", `${(performance.now() - since).toFixed(1)} ms`);
}

// What the server says.

/** The last line that was heard, for the server to go on from. */
let seen = null;
let you = 0;
const people = new Map();

const heard = {
  welcome({ run, you: id, protocol, members, lines }) {
    failures = 0;
    you = id;
    if (seen && seen.run !== run) note("The server began anew: what was said before is only on this page.");
    if (seen?.run !== run) seen = { run, line: 0 };
    people.clear();
    for (const member of members) people.set(member.id, member.name);
    drawPeople();
    if (document.activeElement !== name) name.value = people.get(you);
    quietly(() => lines.forEach(said));
    state("live", "Connected");
    show("chat-protocol", protocol);
    show("chat-extensions", socket.extensions || "none");
    byId("chat-extensions").title = socket.extensions;
    heartbeat = setInterval(ping, PING);
    ping();
  },
  said(line) {
    if (line.tag === pending?.tag) settle();
    said(line);
  },
  here({ id, name }) {
    people.set(id, name);
    drawPeople();
  },
  left({ id }) {
    people.delete(id);
    drawPeople();
  },
  refused({ why, tag }) {
    complain(why);
    if (tag !== null && tag === pending?.tag) giveBack();
    // The name that was kept is no name here: as a guest then.
    if (!you) send({ kind: "enter", name: "", seen });
  },
  pong() {
    clearTimeout(overdue);
    if (asked) trip(asked);
    asked = 0;
  },
};

function hear(data) {
  frame("received", "↓", data);
  const message = JSON.parse(data);
  heard[message.kind]?.(message);
}

// What was said.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function said({ line, from, text, tag, at }) {
  seen.line = Math.max(seen.line, line);
  const mine = tags.has(tag);
  if (mine && tag === returned?.tag && text.value === returned.words) text.value = "";
  const when = new Date(at);
  append(
    make("p", { className: mine ? "mine" : "" },
      make("b", {}, make("bdi", {}, from.name)),
      make("time", { dateTime: when.toISOString() }, clock.format(when)),
      make("span", { dir: "auto" }, text)),
  );
}

const note = (words) => append(make("p", { className: "note" }, words));

/** Who has scrolled up to read stays there. */
function append(line) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(line);
  while (log.children.length > LINES) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

/** What was missed is there to be read, and is not read out. */
function quietly(fill) {
  log.setAttribute("aria-live", "off");
  fill();
  setTimeout(() => log.removeAttribute("aria-live"), 500);
}

function drawPeople() {
  const mineFirst = [...people].sort(([a], [b]) => (b === you) - (a === you) || a - b);
  byId("chat-people").replaceChildren(
    ...mineFirst.map(([id, name]) =>
      make("li", { className: id === you ? "mine" : "", title: name }, make("bdi", {}, name), id === you ? "(you)" : "")),
  );
  show("chat-count", count(people.size));
}

// What is typed. A text is kept until the room has heard it.

/** The text that is on its way. */
let pending = null;
/** The text that was given back: it may have been heard for all that. */
let returned = null;
const tags = new Set();

function complain(message) {
  show("chat-error", message ?? "");
  text.setAttribute("aria-invalid", message ? "true" : "false");
}

function say(words) {
  const [tag] = crypto.getRandomValues(new Uint32Array(1));
  tags.add(tag);
  pending = { tag, words, since: performance.now() };
  send({ kind: "say", text: words, tag });
}

function settle() {
  trip(pending.since);
  pending = null;
}

/** Back into the field, before what was typed since. */
function giveBack() {
  if (!pending) return;
  text.value = text.value ? `${pending.words}\n${text.value}` : pending.words;
  [returned, pending] = [pending, null];
}

byId("chat-form").addEventListener("submit", (event) => {
  event.preventDefault();
  text.focus();
  if (!text.value.trim()) return;
  if (!isOpen() || !you) {
    complain("Not sent, since there is no connection. Your text stays here.");
    return connect();
  }
  if (pending) return complain("The text before this one is still on its way.");
  say(text.value);
  text.value = "";
  complain(null);
});

text.addEventListener("input", () => complain(null));
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("chat-form").requestSubmit();
});

name.addEventListener("change", () => isOpen() && send({ kind: "enter", name: name.value, seen }));
name.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  text.focus();
});

// What went over the wire.

let totals = { sent: 0, received: 0 };
const frames = [];

function frame(kind, mark, data) {
  if (kind in totals) totals[kind] += 1;
  frames.push(make("span", { className: kind }, `${mark} ${clip(data)}\n`));
  if (frames.length > FRAMES) frames.shift().remove();
  const wire = byId("chat-wire");
  const [upgrade, status] = byId("chat-protocol").textContent === "HTTP/2" ? ["CONNECT", "200"] : ["GET", "101"];
  wire.querySelector(".wire-head").replaceChildren(
    socket ? `${upgrade} /api/chat ` : "/api/chat ",
    socket ? make("b", { className: "good" }, status) : make("b", { className: "bad" }, "closed"),
    ` ↑ ${count(totals.sent)} ↓ ${count(totals.received)}`,
  );
  const pre = wire.querySelector("pre");
  pre.append(frames.at(-1));
  pre.scrollTop = pre.scrollHeight;
}

const clip = (data) => (data.length > 300 ? `${data.slice(0, 240)}… (${size(data.length)})` : data);

// What it holds against.

const refusals = {
  long: () => send({ kind: "say", text: "long".repeat(768), tag: 0 }),
  broken: () => send('{"kind": "say", "text": '),
  fast: () => many(20),
  flood: () => many(60),
  large: () => send({ kind: "say", text: "x".repeat(1024 * 1024), tag: 0 }),
  drop: () => {
    const mine = socket;
    mine.close(4000, "as you wished");
    lost({ code: 4000, reason: "as you wished" });
  },
};
const many = (times) => Array.from({ length: times }, () => send({ kind: "ping" }));
byId("chat-refusals").addEventListener("click", ({ target }) => {
  complain(null);
  if (isOpen()) refusals[target.dataset.refusal]?.();
});

// Back online, or back at this page, is a good time to try.
addEventListener("online", connect);
document.addEventListener("visibilitychange", () => document.hidden || connect());

// A page that is left may be kept by the browser, and shown again as it was.
addEventListener("pagehide", () => {
  const mine = socket;
  socket = null;
  clearTimeout(retry);
  clearInterval(heartbeat);
  clearTimeout(overdue);
  mine?.close();
});
addEventListener("pageshow", ({ persisted }) => persisted && connect());

connect();
