-- ARGV: (agent, '1' open | '0' closed, limit)…
for i = 2, #ARGV, 3 do
  local known = seat(ARGV[i])
  known.state, known.limit = ARGV[i + 1], tonumber(ARGV[i + 2])
  changed[ARGV[i]] = true
end
settle()
return { born }
