-- ARGV: (session, team, rank)…
for i = 2, #ARGV, 3 do
  local session, team, rank = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local at = call('HGET', WHERE, session)
  if at ~= 'w' .. team then
    if at then
      let_go(session, at)
    end
    call('HSET', WHERE, session, 'w' .. team)
  end
  if call('SADD', TEAMS, team) == 1 then
    -- A line that the list of teams does not know is left over from another age.
    call('UNLINK', LINE .. team)
  end
  call('ZADD', LINE .. team, 'LT', rank, session)
end
settle()
return { born }
