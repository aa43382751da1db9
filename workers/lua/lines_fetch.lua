-- The lines learned so far, for a batch that is about to be cleaned; and by which version each of its records is.
--
-- ARGV[1]  JSON: window_s; spans, a list of [topic, partition, first offset, last offset]
-- then two a source: its name in hexadecimal, and the version of its list that the caller has, or -1
-- Returns: the version now; a list with the pins of each span, 20 bytes each: first and last offset, version;
-- then one string a source: empty where the caller's list stands, else 4 bytes its version and 16 a line: line, from, until.

local PIN, PIN_BYTES = '<ddI4', 20
local SHOWN = '<c8I4I4'

local function read_pins(key)
  local bytes, pins = redis.call('GET', key) or '', {}
  for at = 1, #bytes, PIN_BYTES do
    local pin = {}
    pin.first, pin.last, pin.version = struct.unpack(PIN, bytes, at)
    pins[#pins + 1] = pin
  end
  return pins
end

local function add(pins, first, last, version)
  local before = pins[#pins]
  if before and before.version == version and before.last + 1 == first then
    before.last = last
  else
    pins[#pins + 1] = {first = first, last = last, version = version}
  end
end

-- What was handed out before stays as it was; the rest of the span gets the version of now.
local function pinned(topic, partition, first, last, version)
  local where = topic .. '/' .. partition
  local key = L .. 'pins:' .. where
  local low = tonumber(redis.call('HGET', P .. ':own:' .. where, 'low') or 0)
  local pins, next_offset = {}, first
  for _, pin in ipairs(read_pins(key)) do
    if pin.first > next_offset and next_offset <= last then add(pins, next_offset, math.min(pin.first - 1, last), version) end
    if pin.last >= low then add(pins, pin.first, pin.last, pin.version) end
    next_offset = math.max(next_offset, pin.last + 1)
  end
  if next_offset <= last then add(pins, next_offset, last, version) end
  local packed = {}
  for i, pin in ipairs(pins) do packed[i] = struct.pack(PIN, pin.first, pin.last, pin.version) end
  local bytes = table.concat(packed)
  redis.call('SET', key, bytes, 'EX', TTL)
  return bytes
end

local function shown(source, has)
  local head = redis.call('GETRANGE', list_key(source), 0, HEAD_BYTES - 1)
  local changed = #head == HEAD_BYTES and select(2, struct.unpack(HEAD, head)) or 0
  if changed == has then return '' end
  local out = {struct.pack('<I4', changed)}
  for _, e in ipairs(changed > 0 and read_list(source).entries or {}) do
    if e.from > 0 then out[#out + 1] = struct.pack(SHOWN, e.line, e.from, e.until_) end
  end
  return table.concat(out)
end

local version, spans = version_now(), {}
for i, span in ipairs(call.spans) do spans[i] = pinned(span[1], string.format('%.0f', span[2]), span[3], span[4], version) end
local answer = {version, spans}
for i = 2, #ARGV, 2 do answer[#answer + 1] = shown(ARGV[i], tonumber(ARGV[i + 1])) end
return answer
