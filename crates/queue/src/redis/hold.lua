-- ARGV: (session, agent)…
for i = 2, #ARGV, 2 do
  local session, agent = ARGV[i], ARGV[i + 1]
  local at = call('HGET', WHERE, session)
  if at ~= 'h' .. agent then
    if at then
      let_go(session, at)
    end
    call('HSET', WHERE, session, 'h' .. agent)
    count(agent, 1)
  end
end
settle()
return { born }
