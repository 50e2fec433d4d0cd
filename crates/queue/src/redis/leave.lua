-- ARGV: session…
for i = 2, #ARGV do
  local at = call('HGET', WHERE, ARGV[i])
  if is_waiting(at) then
    let_go(ARGV[i], at)
    call('HDEL', WHERE, ARGV[i])
  end
end
return { born }
