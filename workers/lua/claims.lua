-- Claims: fenced by the owner's generation, idempotent by origin (rule: a redelivery gets the same answer).

local own, decisions = P .. ':own:' .. call.topic .. '/' .. call.partition, P .. ':o:' .. call.topic .. '/' .. call.partition
local owner = redis_call('HMGET', own, 'g', 'low')
local generation, low = tonumber(owner[1] or -1), tonumber(owner[2] or 0)

local function forget(offsets)
  for first = 1, #offsets, 500 do
    redis_call('HDEL', decisions, unpack(offsets, first, math.min(first + 499, #offsets)))
  end
end

local function trim()
  if call.low <= low then return end
  local gone = {}
  if call.low - low > redis_call('HLEN', decisions) then
    for _, offset in ipairs(redis_call('HKEYS', decisions)) do
      if tonumber(offset) < call.low then gone[#gone + 1] = offset end
    end
  else
    for offset = low, call.low - 1 do gone[#gone + 1] = string.format('%.0f', offset) end
  end
  forget(gone)
  low = call.low
end

local function claim(a)
  if a.offset < low then return 'settled' end
  local offset = string.format('%.0f', a.offset)
  local before = redis_call('HGET', decisions, offset)
  if before and string.sub(before, 1, 8) == a.record then return string.sub(before, 9) end
  a.seq = redis_call('INCR', P .. ':seq')
  local decision = decide(a)
  decision.seq = a.seq
  decision.candidates = a.compared   -- for monitoring
  local answer = cjson.encode(decision)
  redis_call('HSET', decisions, offset, a.record .. answer)
  return answer
end

if generation > call.generation then
  local answers = {}
  for i = 2, #ARGV, 4 do answers[#answers + 1] = 'settled' end
  return answers
end
trim()
redis_call('HSET', own, 'g', string.format('%.0f', call.generation), 'low', string.format('%.0f', low))
local answers = {}
for i = 2, #ARGV, 4 do answers[#answers + 1] = claim(read_claim(i)) end
close_tables()
return answers
