-- ARGV: session…
-- Forgets those that are said to wait in a line which does not have them: it was evicted.
-- Answers for each where it is now, and its rank; both empty if it is nowhere.
local answer = {}
for i = 2, #ARGV do
  local at, rank = call('HGET', WHERE, ARGV[i]) or '', ''
  if is_waiting(at) then
    rank = call('ZSCORE', LINE .. string.sub(at, 2), ARGV[i])
    if not rank then
      call('HDEL', WHERE, ARGV[i])
      at, rank = '', ''
    end
  end
  answer[#answer + 1] = at
  answer[#answer + 1] = rank
end
return answer
