-- Stands alone, as the one script that is called for every session: all is read and written in
-- few commands, however many claims there are.
--
-- KEYS: where, desk. ARGV: what the key of a team's line begins with, number of claims; every
-- session; every first candidate, or '!' for none; then of each claim its team, the number of
-- further candidates, and these.
-- Answers the birth mark, and for each claim which candidate has it now, counted from 1, or 0.
-- Answers nothing if the marks do not agree (see prelude.lua).
local call = redis.call
local WHERE, DESK, LINE, claims = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])

local where = call('HMGET', WHERE, '!', unpack(ARGV, 3, claims + 2))
local desks = call('HMGET', DESK, '!', unpack(ARGV, claims + 3, 2 * claims + 2))
local born = where[1]
if not born or born ~= desks[1] then
  return {}
end

-- Agents as read, with those taken in this call.
local seats = {}

local function seat(agent, desk)
  local known = seats[agent]
  if not known then
    local state, limit, held = string.match(desk or call('HGET', DESK, agent) or '- 0 0', '^(.) (%d+) (%d+)$')
    known = { open = state == '1', limit = tonumber(limit), held = tonumber(held), was = tonumber(held) }
    seats[agent] = known
  end
  return known
end

local answer, lines = { born }, {}
local at = 2 * claims + 3
for n = 1, claims do
  local session, first = ARGV[n + 2], ARGV[n + claims + 2]
  local team, further = ARGV[at], tonumber(ARGV[at + 1])
  local taken = 0
  if where[n + 1] == 'w' .. team then
    local agent = first
    for candidate = 0, further do
      if candidate > 0 then
        agent = ARGV[at + 1 + candidate]
      end
      if agent ~= '!' then
        local known = seat(agent, candidate == 0 and desks[n + 1])
        if known.open and known.held < known.limit then
          known.held = known.held + 1
          taken = candidate + 1
          local line = lines[team]
          if not line then
            line = { sessions = {}, agents = {}, places = {} }
            lines[team] = line
          end
          local count = #line.sessions + 1
          line.sessions[count], line.agents[count], line.places[count] = session, agent, n + 1
          -- The same session may be claimed again in this call.
          for again = n + 1, claims do
            if ARGV[again + 2] == session then
              where[again + 1] = false
            end
          end
          break
        end
      end
    end
  end
  answer[n + 1] = taken
  at = at + 2 + further
end

local moved = {}
for team, line in pairs(lines) do
  local removed = call('ZREM', LINE .. team, unpack(line.sessions))
  for count, session in ipairs(line.sessions) do
    if removed == #line.sessions then
      moved[#moved + 1] = session
      moved[#moved + 1] = 'h' .. line.agents[count]
    else
      -- The line was evicted; whoever still waits is put back by the sweep.
      call('HDEL', WHERE, session)
      answer[line.places[count]] = 0
      seats[line.agents[count]].held = seats[line.agents[count]].held - 1
    end
  end
end
if #moved > 0 then
  call('HSET', WHERE, unpack(moved))
  local desk = {}
  for agent, known in pairs(seats) do
    if known.held ~= known.was then
      desk[#desk + 1] = agent
      desk[#desk + 1] = string.format('1 %.0f %.0f', known.limit, known.held)
    end
  end
  call('HSET', DESK, unpack(desk))
end
return answer
