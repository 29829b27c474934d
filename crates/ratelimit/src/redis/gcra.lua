-- The generic cell rate algorithm for all quotas of one key: every bucket is charged, or none is.
--
-- KEYS[1]   a hash: for each quota, when its bucket is full again, in microseconds of this server's clock
-- ARGV      'take' or 'settle', the cost, then for each quota its name, the microseconds of one unit, and its burst
-- returns   a number with a bit for each quota that had not enough, then the microseconds until each is full again
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local settle, cost = ARGV[1] == 'settle', tonumber(ARGV[2])
local names = {}
for at = 3, #ARGV, 3 do
  names[#names + 1] = ARGV[at]
end

local stored = redis.call('HMGET', KEYS[1], unpack(names))
local before, after, violated = {}, {}, 0
for i = 1, #names do
  local interval, burst = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  local span = interval * burst
  -- Never further ahead than a debt can be, should the clock have been set back.
  local full = math.min(math.max(tonumber(stored[i] or 0), now), now + 2 * span)
  before[i] = full
  if settle then
    after[i] = math.max(now, math.min(full + cost * interval, math.max(full, now + 2 * span)))
  else
    after[i] = full + math.min(cost, burst) * interval
    if cost > 0 and after[i] > now + span then
      violated = violated + 2 ^ (i - 1)
    end
  end
end

local full = violated == 0 and after or before
local reply, last = { violated }, now
for i = 1, #names do
  reply[i + 1] = full[i] - now
  last = math.max(last, full[i])
end
if violated == 0 then
  local fields = {}
  for i = 1, #names do
    fields[#fields + 1] = names[i]
    fields[#fields + 1] = string.format('%.0f', full[i])
  end
  redis.call('HSET', KEYS[1], unpack(fields))
  -- Once all are full there is nothing to remember.
  redis.call('PEXPIRE', KEYS[1], math.max(1, math.ceil((last - now) / 1000)))
end
return reply
