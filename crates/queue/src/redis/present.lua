-- Stands alone. KEYS: here. Answers everyone present, and the mark (see renew.lua) if there is one.
local call = redis.call
local time = call('TIME')
call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] * 1000 + math.floor(time[2] / 1000))
return call('ZRANGE', KEYS[1], 0, -1)
