// The showcase's chat room in Chromium: two people, a server that goes and comes back, and the one HTTP/2 connection that
// page and socket share. SCREENSHOTS names a folder for pictures of it, for people to look at.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sharedBy } from "./netlog.js";
import { start } from "./server.js";
import { launch, visit } from "./visit.js";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const MODES = [
  { scheme: "http", protocol: "HTTP/1.1", opened: "GET /api/chat 101" },
  { scheme: "https", protocol: "HTTP/2", opened: "CONNECT /api/chat 200" },
];

let browser;
let server;
before(async () => {
  server = await start("showcase");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens the page and waits until it is in the room, as `name` if one is given. */
function enter(scheme, name, look, options = DESKTOP, where = server) {
  return visit(browser, `${where.urls[scheme]}/`, options, async (page, faults) => {
    await connected(page);
    if (name) await rename(page, name);
    await look(page, faults);
  });
}

const connected = (page) => page.locator("#chat-state.live", { hasText: "Connected" }).waitFor({ timeout: 20_000 });
const line = (page, text) => page.locator("#chat-log p", { hasText: text });
const error = (page, text) => page.locator("#chat-error", { hasText: text });
const person = (page, name) => page.locator("#chat-people li", { hasText: name });

async function rename(page, name) {
  await page.fill("#chat-name", name);
  await page.press("#chat-name", "Enter");
  await person(page, `${name}(you)`).waitFor();
}

async function say(page, text) {
  await page.fill("#chat-text", text);
  await page.press("#chat-text", "Enter");
  await line(page, text).waitFor();
}

for (const { scheme, protocol, opened } of MODES) {
  describe(`${scheme}, ${protocol}`, { timeout: 120_000 }, () => {
    test("two people talk, see each other, and one leaves", () =>
      enter(scheme, `Ada ${scheme}`, async (ada) => {
        await enter(scheme, `Bo <i>${scheme}</i>`, async (bo) => {
          await person(ada, `Bo <i>${scheme}</i>`).waitFor();
          await person(bo, `Ada ${scheme}`).waitFor();
          assert.equal(await ada.textContent("#chat-count"), "2");

          const text = `<b>Grüße</b> & 🦀 & "quotes" over ${scheme}`;
          await say(ada, text);
          await line(bo, text).waitFor();
          assert.equal(await ada.inputValue("#chat-text"), "");
          assert.equal(await line(ada, text).getAttribute("class"), "mine");
          assert.equal(await line(bo, text).getAttribute("class"), "");
          assert.equal(await bo.locator("#chat-log i, #chat-log span b, #chat-people i").count(), 0, "markup got through");

          await rename(bo, `Cy ${scheme}`);
          await person(ada, `Cy ${scheme}`).waitFor();
          await say(bo, `two\nlines over ${scheme}`);
          assert.equal(await line(ada, `lines over ${scheme}`).locator("span").textContent(), `two\nlines over ${scheme}`);
        });
        await person(ada, `Cy ${scheme}`).waitFor({ state: "detached" });
        assert.equal(await ada.textContent("#chat-count"), "1");
      }));

    test("what was said before is there", () =>
      enter(scheme, null, async (page) => {
        await line(page, `over ${scheme}`).first().waitFor();
        assert.match(await page.inputValue("#chat-name"), /^Guest \d+$/);
      }));

    test("the page says what carries the socket", () =>
      enter(scheme, null, async (page) => {
        assert.equal(await page.textContent("#chat-protocol"), protocol);
        assert.match(await page.textContent("#chat-extensions"), /^permessage-deflate; server_no_context_takeover/);
        await page.locator("#chat-trip", { hasText: /^\d+\.\d ms$/ }).waitFor();
        assert.match(await page.textContent("#chat-wire .wire-head"), new RegExp(`^${opened} ↑ \\d+ ↓ \\d+$`));
        const wire = await page.textContent("#chat-wire pre");
        assert.match(wire, /^↑ \{"kind":"enter","name":"","seen":null\}\n↓ \{"kind":"welcome",/);
      }));

    test("what does not fit is refused, and what is far too much ends the socket", () =>
      enter(scheme, null, async (page) => {
        const refuse = (refusal) => page.click(`#chat [data-refusal=${refusal}]`);
        await refuse("long");
        await error(page, "3072 bytes are too many, at most 2048 fit").waitFor();
        await refuse("broken");
        await error(page, "EOF while parsing").waitFor();
        await page.fill("#chat-text", "é".repeat(1025));
        await page.press("#chat-text", "Enter");
        await error(page, "2050 bytes are too many").waitFor();
        assert.equal(await page.inputValue("#chat-text"), "é".repeat(1025), "what was refused is given back");
        await refuse("fast");
        await error(page, "too fast").waitFor();
        for (const [refusal, code] of [["flood", 1008], ["large", 1009], ["drop", 4000]]) {
          await refuse(refusal);
          await page.locator("#chat-wire .closed", { hasText: `× closed ${code}` }).waitFor();
          await connected(page);
        }
      }));

    test("a name that is none is told, and the old one stays", () =>
      enter(scheme, "Dee", async (page) => {
        await page.fill("#chat-name", "x".repeat(33));
        await page.press("#chat-name", "Tab");
        await error(page, "33 characters is too long").waitFor();
        await person(page, "Dee(you)").waitFor();
        // Not even when it is what the page comes back with.
        await page.click("#chat [data-refusal=drop]");
        await page.locator("#chat-people li", { hasText: /^Guest \d+\(you\)$/ }).waitFor();
      }));

    test("keys and screen readers", () =>
      enter(scheme, null, async (page) => {
        await page.focus("#chat-text");
        await page.keyboard.type("one");
        await page.keyboard.press("Shift+Enter");
        await page.keyboard.type("two");
        assert.equal(await page.inputValue("#chat-text"), "one\ntwo");
        for (const [role, name] of [["log", "What was said"], ["textbox", "Message"], ["textbox", "Your name"], ["list", "Who is here"]]) {
          assert.equal(await page.getByRole(role, { name, exact: true }).count(), 1, `${role} ${name}`);
        }
        await page.focus("#chat-log");
        const reached = [];
        for (let presses = 0; presses < 12; presses++) {
          await page.keyboard.press("Tab");
          reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
        }
        const order = ["chat-people", "chat-name", "chat-text", "Send", "3 KiB of text", "Lose the connection"];
        assert.deepEqual(reached.filter((control) => order.includes(control)), order);
      }));
  });
}

/** What Chromium says by itself while a server is away. */
function forgive(faults) {
  const away = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_CONNECTION_CLOSED|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE|ERR_HTTP2|ERR_ABORTED|WebSocket connection to/;
  faults.push(...faults.splice(0).filter((fault) => !away.test(fault)));
}

for (const { scheme, protocol } of MODES) {
  test(`a server that stops says goodbye, and the page comes back to the next one: ${protocol}`, { timeout: 90_000 }, async () => {
    const first = await start("showcase");
    let second;
    try {
      await enter(scheme, "Eve", async (page, faults) => {
        await say(page, "before the end");
        await page.fill("#chat-text", "typed before the end");
        const began = Date.now();
        assert.equal(await first.stop(), 0);
        assert.ok(Date.now() - began < 10_000, "the socket held the drain up");
        await page.locator("#chat-state.lost", { hasText: /goodbye \(1001\)|not reached \(1006\)/ }).waitFor();
        assert.match(await page.textContent("#chat-wire pre"), /\n× closed 1001/);
        await page.press("#chat-text", "Enter");
        await error(page, "Not sent").waitFor();
        assert.equal(await page.inputValue("#chat-text"), "typed before the end");

        second = await start("showcase", first.urls);
        await connected(page);
        await line(page, "The server began anew").waitFor();
        await line(page, "before the end").waitFor();
        await person(page, "Eve(you)").waitFor();
        assert.equal(await page.inputValue("#chat-text"), "typed before the end");
        await page.press("#chat-text", "Enter");
        await line(page, "typed before the end").waitFor();
        await page.locator("#state.live").waitFor();
        forgive(faults);
      }, DESKTOP, first);
    } finally {
      await first.stop();
      await second?.stop();
    }
  });
}

test("a server that is killed is missed, and what was on its way is given back", { timeout: 90_000 }, async () => {
  // It cannot clear away what it has there.
  const folder = await mkdtemp(join(tmpdir(), "killed-"));
  const first = await start("showcase", undefined, { TMPDIR: folder });
  let second;
  try {
    await enter("http", "Flo", async (page, faults) => {
      await say(page, "all is well");
      first.pause();
      await page.fill("#chat-text", "into the dark");
      await page.press("#chat-text", "Enter");
      assert.equal(await page.inputValue("#chat-text"), "");
      await first.kill();
      await page.locator("#chat-state.lost", { hasText: "not reached (1006)" }).waitFor();
      assert.equal(await page.inputValue("#chat-text"), "into the dark");
      second = await start("showcase", first.urls);
      await connected(page);
      forgive(faults);
    }, DESKTOP, first);
  } finally {
    await first.kill();
    await second?.stop();
    await rm(folder, { recursive: true });
  }
});

test("page and socket share one HTTP/2 connection", { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "netlog-"));
  try {
    const file = join(folder, "log.json");
    const logged = await launch(`--log-net-log=${file}`);
    await visit(logged, `${server.urls.https}/`, DESKTOP, async (page) => {
      await connected(page);
      await say(page, "on one connection");
    });
    await logged.close();
    const { host } = new URL(server.urls.https);
    const { connections, socket, paths } = sharedBy(JSON.parse(await readFile(file, "utf8")), host);
    assert.equal(connections, 1);
    assert.equal(socket[":method"], "CONNECT");
    assert.equal(socket[":protocol"], "websocket");
    assert.equal(socket[":path"], "/api/chat");
    assert.ok(["/", "/page.css", "/api/ticker", "/api/chat"].every((path) => paths.includes(path)), paths.join(" "));
  } finally {
    await rm(folder, { recursive: true });
  }
});

for (const [width, options] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${width}, ${colorScheme}`, { timeout: 60_000 }, () =>
      enter("https", "Gus", async (gus) => {
        await enter("https", "Hypatia of Alexandria", async (page) => {
          await say(gus, `On a ${width} in ${colorScheme}.`);
          await say(page, `A line that is long enough to be broken in two on any screen, be it a ${width} in ${colorScheme} or another, and then some more.`);
          await line(gus, `be it a ${width} in ${colorScheme}`).waitFor();
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), options.viewport.width);
          await picture(page, `${width}-${colorScheme}`);
          await gus.click("#chat [data-refusal=drop]");
          await gus.locator("#chat-state.lost").waitFor();
        }, { ...options, colorScheme, reducedMotion: "reduce" });
      }));
  }
}

async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (folder) await mkdir(folder, { recursive: true });
  const picture = await page.locator("#chat").screenshot({ path: folder && join(folder, `chat-${name}.png`) });
  assert.ok(picture.length > 10_000, "an empty picture");
}
