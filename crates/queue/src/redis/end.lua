-- Stands alone. KEYS: here, the agent's leases. ARGV: agent, lease.
-- Answers 1 if no lease of the agent lives now.
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
call('ZREM', KEYS[2], ARGV[2])
call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local last = call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
if not last then
  call('ZREM', KEYS[1], ARGV[1])
  return 1
end
call('ZADD', KEYS[1], last, ARGV[1])
call('PEXPIREAT', KEYS[2], last)
return 0
