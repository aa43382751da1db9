-- Documents: one append-only log a slice, cut into chunks of a fixed size.

-- units, flags, arrival, seq, previous slice and document, hashes of uri and text, source, lead, lengths of sketch, uri and
-- story; then these three
local DOCUMENT = '<I4BI4dI4I4c8c8c4c4HHH'
local DOCUMENT_BYTES = 55
local CANCELED = 1
local NOWHERE = 4294967295           -- the document of a text that has none
local UNIT, UNITS_PER_CHUNK = 16, 4092   -- 65,472 bytes: with its header just below an allocator's 64 KiB class

local WINDOW_TTL = math.ceil(2 * call.window_s)

local function place_of(id) return math.floor(id / UNITS_PER_CHUNK), (id % UNITS_PER_CHUNK) * UNIT end

local function read_document(slice, id)
  local chunk, at = place_of(id)
  local key = S .. ':d:' .. slice .. ':' .. chunk
  local head = redis_call('GETRANGE', key, at, at + DOCUMENT_BYTES - 1)
  if #head < DOCUMENT_BYTES then return nil end
  local d = {key = key, at = at, slice = slice, id = id}
  local sketch_n, uri_n, story_n
  d.units, d.flags, d.arrival, d.seq, d.previous_slice, d.previous, d.uri_hash, d.text, d.source, d.lead, sketch_n, uri_n, story_n
    = struct.unpack(DOCUMENT, head)
  if d.units == 0 then return nil end
  local rest = redis_call('GETRANGE', key, at + DOCUMENT_BYTES, at + DOCUMENT_BYTES + sketch_n + uri_n + story_n - 1)
  d.sketch = string.sub(rest, 1, sketch_n)
  d.uri = string.sub(rest, sketch_n + 1, sketch_n + uri_n)
  d.story = story_n > 0 and string.sub(rest, sketch_n + uri_n + 1) or d.uri
  d.canceled = d.flags % 2 == CANCELED
  return d
end

local function write_document(a, story, previous)
  local t = open_table(S .. ':p', a.slice, WINDOW_TTL)
  t:touch()
  local other_story = story ~= a.uri and story or ''
  local size = DOCUMENT_BYTES + #a.sketch + #a.uri + #other_story
  local units = math.ceil(size / UNIT)
  local room = UNITS_PER_CHUNK - t.at % UNITS_PER_CHUNK
  if units > room then t.at = t.at + room end
  local id = t.at
  t.at = t.at + units
  local chunk, at = place_of(id)
  local key = S .. ':d:' .. a.slice .. ':' .. chunk
  if at == 0 then                                -- the whole chunk at once: no reallocation, no spare room
    redis_call('SETRANGE', key, UNITS_PER_CHUNK * UNIT - 1, '\0')
    redis_call('EXPIRE', key, WINDOW_TTL)
  end
  local head = struct.pack(DOCUMENT, units, 0, a.at, a.seq, previous.slice, previous.id, a.uri_hash, a.text, a.source, a.lead,
                           #a.sketch, #a.uri, #other_story)
  redis_call('SETRANGE', key, at, head .. a.sketch .. a.uri .. other_story)
  return id
end

local function cancel_documents(slice, id)
  for _ = 1, 64 do
    local d = id ~= NOWHERE and read_document(slice, id)
    if not d then return end
    redis_call('SETRANGE', d.key, d.at + 4, string.char(CANCELED))
    slice, id = d.previous_slice, d.previous
  end
end
