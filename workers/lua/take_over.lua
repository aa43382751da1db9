-- A worker takes a source partition over, after Kafka has fenced the former owner and told the committed offset.
--
-- KEYS[1]  prefix of the index (see call.lua); ARGV: topic/partition, committed offset
-- Returns the new owner's generation. Sets the lowest untrimmed offset to the committed one, also downwards: a raw topic
-- that was made anew starts at 0 again, and its old decisions stand under other values, so they answer for nobody.

local own = KEYS[1] .. ':own:' .. ARGV[1]
local generation = redis.call('HINCRBY', own, 'g', 1)
redis.call('HSET', own, 'low', ARGV[2])
return generation
