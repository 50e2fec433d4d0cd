-- Stands alone: reads and never writes. KEYS: teams. ARGV[1]: what a line's key begins with.
-- Answers team, length, team, length … of lines that are not empty.
local answer = {}
for _, team in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local length = redis.call('ZCARD', ARGV[1] .. team)
  if length > 0 then
    answer[#answer + 1] = team
    answer[#answer + 1] = length
  end
end
return answer
