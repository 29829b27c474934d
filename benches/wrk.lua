-- The request of a scenario, built once, and the results as one line of JSON.
-- Arguments after `--`: requests per write (pipeline depth), number of extra header fields, and the number of further
-- routes, which are then asked in turn: those of the shape of `/r2/items/42/parts`, every third.
-- Of the failed, `refused` were answered with a status of 400 or more; `bytes` are all that were read, heads included.
-- wrk builds its request by `wrk.format` right after this `init`, and without a global `request` it asks Lua for it
-- once and not for every write.

local format = wrk.format

local fields = {
  { "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" },
  { "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" },
  { "Accept-Language", "en-GB,en;q=0.7,de;q=0.3" },
  { "Accept-Encoding", "gzip, deflate, br, zstd" },
  { "Referer", "http://localhost/articles?page=2" },
  { "Cookie", "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark" },
  { "Upgrade-Insecure-Requests", "1" },
  { "Cache-Control", "max-age=0" },
  { "Priority", "u=0, i" },
}

local function ask_in_turn(headers, routes)
  local texts, turn = {}, 0
  for route = 2, routes - 1, 3 do
    texts[#texts + 1] = format(nil, "/r" .. route .. "/items/42/parts", headers)
  end
  function request()
    turn = turn % #texts + 1
    return texts[turn]
  end
end

function init(args)
  local depth, extra = tonumber(args[1] or 1), tonumber(args[2] or 0)
  for index = 1, extra do
    wrk.headers[fields[index][1]] = fields[index][2]
  end
  local text = string.rep(wrk.format(), depth)
  wrk.format = function() return text end
  if args[3] then ask_in_turn(wrk.headers, tonumber(args[3])) end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %.6f, "failed": %d, "refused": %d, "bytes": %d, "p50_us": %.1f, "p99_us": %.1f}\n',
    summary.requests, summary.duration / 1e6, failed, errors.status, summary.bytes, latency:percentile(50),
    latency:percentile(99)))
end
