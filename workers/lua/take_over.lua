-- A worker takes a source partition over, after Kafka has fenced the former owner and told the committed offset.
--
-- KEYS[1]  prefix of the index (see call.lua)
-- ARGV     topic, partition, committed offset, consumer group; then of workers/formats.py: format, oldest format that it works
--          beside, lengths. With an empty partition it is only asked whether the index fits: nothing is written.
-- Keys     P:format   each format that has ever written here -> the oldest one that it works beside; and lengths
-- Returns the new owner's generation. Sets the lowest untrimmed offset to the committed one, also downwards: a raw topic
-- that was made anew starts at 0 again, and its old decisions stand under other values, so they answer for nobody.

local P, topic, partition, committed, group, format, oldest, lengths = KEYS[1], unpack(ARGV)
local mark = P .. ':format'

local function formats_here()
  local here = {}
  local fields = redis.call('HGETALL', mark)
  for i = 1, #fields, 2 do here[fields[i]] = fields[i + 1] end
  if #fields == 0 and redis.call('EXISTS', P .. ':seq') == 1 then here['1'] = '1' end   -- from before there was a mark
  return here
end

-- Of two formats the newer one says whether they fit.
local function fits(other, others_oldest)
  local ours = tonumber(format)
  if other > ours then return others_oldest <= ours end
  return other == ours or tonumber(oldest) <= other
end

local here = formats_here()
for name, others_oldest in pairs(here) do
  if name ~= 'lengths' and not fits(tonumber(name), tonumber(others_oldest)) then
    return redis.error_reply('OTHERFORMAT ' .. name)
  end
end
if here.lengths and here.lengths ~= lengths then return redis.error_reply('OTHERLENGTHS ' .. here.lengths) end
local owner = redis.call('HGET', P .. ':groups', topic)
if owner and owner ~= group then
  return redis.error_reply('OTHERGROUP ' .. owner)   -- two wires would take each other's articles for resends
end
if partition == '' then return 0 end

here[format], here.lengths = oldest, lengths
for name, value in pairs(here) do redis.call('HSET', mark, name, value) end
redis.call('HSET', P .. ':groups', topic, group)
local own = P .. ':own:' .. topic .. '/' .. partition
local generation = redis.call('HINCRBY', own, 'g', 1)
redis.call('HSET', own, 'low', committed)
return generation
