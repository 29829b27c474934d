// A program under test, the `hyperserve` command unless another is named: started on ports of its own, known by the lines
// it prints.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const START = 20_000;
const STOP = 15_000;
const ANYWHERE = { http: "http://127.0.0.1:0", https: "https://127.0.0.1:0" };

/** HYPERSERVE_BIN or SHOWCASE_BIN names the program, HYPERSERVE_BIN_DIR its folder; otherwise it is this checkout's debug build. */
function file(name) {
  const folder = process.env.HYPERSERVE_BIN_DIR ?? fileURLToPath(new URL("../../target/debug", import.meta.url));
  return process.env[`${name.toUpperCase()}_BIN`] ?? join(folder, name);
}

/** Addresses as `urls` has them, as arguments. */
function listening({ http, https }) {
  const [listen, tlsListen] = [new URL(http).host, new URL(https).host];
  return ["--listen", listen, "--tls", "self-signed", "--tls-listen", tlsListen, "--log", "warn"];
}

/**
 * Starts a program, where another one was if its `urls` are given, with `env` over this environment. `urls` holds `http` and `https`; `stop()` sends SIGTERM
 * and gives the exit code; `pause()` stops it where it is, `kill()` ends it as a crash does.
 */
export async function start(name = "hyperserve", where = ANYWHERE, env = {}) {
  const program = file(name);
  const options = { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } };
  const child = spawn(program, listening(where), options);
  const exit = once(child, "exit");
  try {
    const urls = await Promise.race([addresses(child), failing(exit), expiring(START, "it did not say where it listens")]);
    return { urls, stop: () => stop(child, exit), pause: () => child.kill("SIGSTOP"), kill: () => kill(child, exit) };
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${program}: ${error.message}`);
  }
}

async function addresses(child) {
  const urls = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^listening on ((https?):\/\/\S+)$/.exec(line);
    if (url) urls[url[2]] = url[1];
    if (urls.http && urls.https) break;
  }
  return urls;
}

async function failing(exit) {
  const [code] = await exit;
  throw new Error(`it ended with exit code ${code}`);
}

async function expiring(milliseconds, what) {
  await sleep(milliseconds, undefined, { ref: false });
  throw new Error(`${what} within ${milliseconds / 1000} s`);
}

async function stop(child, exit) {
  child.kill("SIGTERM");
  try {
    const [code] = await Promise.race([exit, expiring(STOP, "it did not end")]);
    return code;
  } finally {
    child.kill("SIGKILL");
  }
}

async function kill(child, exit) {
  child.kill("SIGKILL");
  await exit;
}
