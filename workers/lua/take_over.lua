-- A worker takes a source partition over, after Kafka has fenced the former owner and told the committed offset.
--
-- KEYS[1]  prefix of the index (see call.lua); ARGV: topic, partition, committed offset, consumer group
-- Returns the new owner's generation. Sets the lowest untrimmed offset to the committed one, also downwards: a raw topic
-- that was made anew starts at 0 again, and its old decisions stand under other values, so they answer for nobody.

local group = redis.call('HGET', KEYS[1] .. ':groups', ARGV[1])
if group and group ~= ARGV[4] then
  return redis.error_reply('OTHERGROUP ' .. group)   -- two wires would take each other's articles for resends
end
redis.call('HSET', KEYS[1] .. ':groups', ARGV[1], ARGV[4])
local own = KEYS[1] .. ':own:' .. ARGV[1] .. '/' .. ARGV[2]
local generation = redis.call('HINCRBY', own, 'g', 1)
redis.call('HSET', own, 'low', ARGV[3])
return generation
