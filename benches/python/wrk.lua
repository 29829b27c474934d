-- Sends the bytes of a file, as they are, and gives the results as one line of JSON.
-- Arguments after `--`: the file, which holds one request or several to be written together; and the milliseconds to
-- wait between an answer and the next request, on average, each pause chosen anew so that connections do not march.
-- wrk asks `wrk.format` for its request once, and for pauses only where a global `delay` stands after `init`.

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  wrk.format = function() return text end
  local pause = tonumber(args[2] or 0)
  if pause > 0 then
    function delay() return math.random(0, 2 * pause) end
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %.6f, "failed": %d, "p50_us": %.1f, "p99_us": %.1f}\n',
    summary.requests, summary.duration / 1e6, failed, latency:percentile(50), latency:percentile(99)))
end
