-- Stands before every script that works on a brand's line.
--
-- KEYS: where (session -> 'w'..team | 'h'..agent), desk (agent -> 'state limit held'), teams.
-- ARGV[1]: what the key of a team's line begins with. The rest is each script's own.
--
-- A session stands in one line, or is held by one agent, or neither. All of a brand was written
-- under one birth mark, kept in both hashes. If one of them was evicted or is of another age, the
-- rest cannot be trusted, so that everything is forgotten and the next sweep fills it again.
local call = redis.call
local WHERE, DESK, TEAMS, LINE = KEYS[1], KEYS[2], KEYS[3], ARGV[1]

local born = call('HGET', WHERE, '!')
if not born or born ~= call('HGET', DESK, '!') then
  for _, team in ipairs(call('SMEMBERS', TEAMS)) do
    call('UNLINK', LINE .. team)
  end
  call('UNLINK', WHERE, DESK, TEAMS)
  local now = call('TIME')
  born = now[1] .. '.' .. now[2]
  call('HSET', WHERE, '!', born)
  call('HSET', DESK, '!', born)
end

-- What was read of agents in this call, and which of it changed. A state of '-' is an agent who
-- holds sessions although no seat was ever set.
local seats, changed = {}, {}

local function seat(agent)
  local known = seats[agent]
  if not known then
    local state, limit, held = string.match(call('HGET', DESK, agent) or '- 0 0', '^(.) (%d+) (%d+)$')
    known = { state = state, limit = tonumber(limit), held = tonumber(held) }
    seats[agent] = known
  end
  return known
end

local function count(agent, by)
  local known = seat(agent)
  known.held = math.max(0, known.held + by)
  changed[agent] = true
end

-- Every script that counts calls this at its end.
local function settle()
  for agent in pairs(changed) do
    local known = seats[agent]
    if known.state == '-' and known.held == 0 then
      call('HDEL', DESK, agent)
    else
      call('HSET', DESK, agent, string.format('%s %.0f %.0f', known.state, known.limit, known.held))
    end
  end
end

local function is_waiting(at)
  return at and string.sub(at, 1, 1) == 'w'
end

-- Takes a session out of where it is; the caller writes or deletes its entry in WHERE.
local function let_go(session, at)
  local id = string.sub(at, 2)
  if is_waiting(at) then
    call('ZREM', LINE .. id, session)
  else
    count(id, -1)
  end
end

