// Reads Chromium's log of its network: what went over which HTTP/2 connection.

/**
 * How many HTTP/2 connections to `host` there were, the fields of the stream that carried a WebSocket (RFC 8441 §4), and
 * the paths of all that was asked for on that stream's connection.
 */
export function sharedBy({ constants, events }, host) {
  const { HTTP2_SESSION, HTTP2_SESSION_SEND_HEADERS } = constants.logEventTypes;
  const sessions = new Set();
  const asked = [];
  for (const { type, source, params } of events) {
    if (type === HTTP2_SESSION && params?.host === host) sessions.add(source.id);
    if (type === HTTP2_SESSION_SEND_HEADERS) asked.push({ session: source.id, fields: fields(params.headers) });
  }
  const { session, fields: socket } = asked.find(({ fields }) => fields[":protocol"] === "websocket") ?? { fields: {} };
  const paths = asked.filter((other) => other.session === session).map(({ fields }) => fields[":path"]);
  return { connections: sessions.size, socket, paths };
}

/** From lines `name: value`; a name may begin with a colon. */
function fields(lines) {
  return Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":", 1);
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
}
