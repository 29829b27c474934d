// The list of items: what is typed goes out as JSON, and what comes back is shown twice, as a list and as it came.

import { ask, byId, count, make, messageFor, show, showWire } from "/page.js";

const list = byId("todos-list");
const text = byId("todos-text");

/** Every exchange goes through here. */
async function exchange(method, path, body) {
  const sent = typeof body === "object" ? JSON.stringify(body) : body;
  const answer = await ask(method, path, sent);
  showWire(byId("todos-wire"), sent, answer);
  return answer;
}

// The list.

let latest = 0;

function address() {
  const query = new URLSearchParams();
  const [q, done] = [byId("todos-search").value.trim(), document.querySelector("[name=todos-done]:checked").value];
  if (q) query.set("q", q);
  if (done) query.set("done", done);
  return query.size ? `/api/todos?${query}` : "/api/todos";
}

/** Asks for the list again; an answer that another one has overtaken is dropped. */
async function refresh(tell = ask) {
  const turn = ++latest;
  const { ok, data } = await tell("GET", address());
  if (!ok || turn !== latest) return;
  list.replaceChildren(...data.items.map(row));
  const found = data.items.length === data.total ? "" : `${count(data.items.length)} found, `;
  show("todos-count", `${found}${count(data.total)} of ${count(data.room)}`);
}

function row(todo) {
  const box = make("input", { type: "checkbox", checked: todo.done });
  box.dataset.id = todo.id;
  const remove = make("button", { type: "button", className: "remove", "aria-label": `Delete: ${todo.title}` }, "×");
  remove.dataset.id = todo.id;
  return make("li", {}, make("label", {}, box, make("span", {}, ...marked(todo.title))), remove);
}

/** The title with what was searched for marked in it. */
function marked(title) {
  const needle = byId("todos-search").value.trim().toLowerCase();
  const folded = title.toLowerCase();
  // A letter whose lower case is longer moves what follows: such titles stay unmarked.
  const at = needle && folded.length === title.length ? folded.indexOf(needle) : -1;
  if (at < 0) return [title];
  const end = at + needle.length;
  return [title.slice(0, at), make("mark", {}, title.slice(at, end)), title.slice(end)];
}

list.addEventListener("change", async ({ target }) => {
  await exchange("PATCH", `/api/todos/${target.dataset.id}`, { done: target.checked });
  const id = target.dataset.id;
  await refresh();
  list.querySelector(`input[data-id="${id}"]`)?.focus();
});

list.addEventListener("click", async ({ target }) => {
  const button = target.closest(".remove");
  if (!button) return;
  const at = [...list.children].indexOf(button.closest("li"));
  await exchange("DELETE", `/api/todos/${button.dataset.id}`);
  await refresh();
  // Who deletes by keyboard goes on from there.
  (list.children[Math.min(at, list.children.length - 1)]?.querySelector(".remove") ?? text).focus();
});

// A new item.

function complain(message) {
  show("todos-error", message ?? "");
  text.setAttribute("aria-invalid", message ? "true" : "false");
}

async function add(body) {
  const { ok, data, error } = await exchange("POST", "/api/todos", body);
  complain(ok ? null : (messageFor(data, "title") ?? data?.detail ?? error ?? "It was refused."));
  return ok;
}

byId("todos-new").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!(await add({ title: text.value }))) return text.focus();
  text.value = "";
  list.scrollTop = 0;
  await refresh();
});

text.addEventListener("input", () => complain(null));

// Searching, and what is refused.

let pause;
byId("todos-search").addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => refresh(exchange), 150);
});
document.querySelectorAll("[name=todos-done]").forEach((radio) => radio.addEventListener("change", () => refresh(exchange)));

const refusals = {
  long: () => add({ title: "long".repeat(50) + "!" }),
  number: () => add({ title: 7 }),
  member: () => add({ title: "Milk", colour: "white" }),
  broken: () => add('{"title": "Milk"'),
  query: () => exchange("GET", "/api/todos?done=maybe"),
  missing: () => exchange("DELETE", "/api/todos/0"),
};
byId("todos-refusals").addEventListener("click", ({ target }) => refusals[target.dataset.refusal]?.());

refresh();
