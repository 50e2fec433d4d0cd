-- ARGV: (session, team, number of candidates, candidate…)…
-- Answers for each claim which candidate has it now, counted from 1, or 0.
local answer = { born }
local i = 2
while i <= #ARGV do
  local session, team, candidates = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local taken = 0
  if call('HGET', WHERE, session) == 'w' .. team then
    for n = 1, candidates do
      local known = seat(ARGV[i + 2 + n])
      if known.state == '1' and known.held < known.limit then
        taken = n
        break
      end
    end
  end
  if taken > 0 then
    if call('ZREM', LINE .. team, session) == 1 then
      local agent = ARGV[i + 2 + taken]
      call('HSET', WHERE, session, 'h' .. agent)
      count(agent, 1)
    else
      -- The line was evicted; whoever still waits is put back by the sweep.
      call('HDEL', WHERE, session)
      taken = 0
    end
  end
  answer[#answer + 1] = taken
  i = i + 3 + candidates
end
settle()
return answer
