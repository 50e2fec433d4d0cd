-- Stands alone. KEYS: here (agent -> end of the last lease, ms by this server's clock).
-- ARGV[1]: what the key of an agent's leases begins with; then (agent, lease, lasts in ms)…
-- Answers the mark of this set of leases: another one means that leases were lost.
local call = redis.call
local HERE, LEASES = KEYS[1], ARGV[1]
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local mark = call('ZRANGE', HERE, -1, -1)[1]
if not mark or string.sub(mark, 1, 1) ~= '!' then
  mark = '!' .. time[1] .. '.' .. time[2]
  call('ZADD', HERE, '+inf', mark)
end
for i = 2, #ARGV, 3 do
  local agent, lease, lasts = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local key = LEASES .. agent
  call('ZREMRANGEBYSCORE', key, '-inf', now)
  call('ZADD', key, now + lasts, lease)
  local last = call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  call('ZADD', HERE, last, agent)
  call('PEXPIREAT', key, last)
end
-- Longer than any lease, so that a brand that is gone leaves nothing behind.
call('PEXPIRE', HERE, 2 * 86400000)
return mark
