-- ARGV: session…
for i = 2, #ARGV do
  local at = call('HGET', WHERE, ARGV[i])
  if at and not is_waiting(at) then
    -- Deleting first lets this pass while memory is exhausted: a script that has begun may finish.
    call('HDEL', WHERE, ARGV[i])
    let_go(ARGV[i], at)
  end
end
settle()
return { born }
