-- Forgets everything but the birth mark: nothing was lost that was not meant to be.
for _, team in ipairs(call('SMEMBERS', TEAMS)) do
  call('UNLINK', LINE .. team)
end
call('UNLINK', WHERE, DESK, TEAMS)
call('HSET', WHERE, '!', born)
call('HSET', DESK, '!', born)
return { born }
