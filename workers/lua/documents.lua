-- Documents: one append-only log a slice, cut into chunks of a fixed size. A document is named by its slice and its place in
-- the log, in units.

-- units, flags, time, seq, hash of the text, source, beginnings, lengths of sketch, uri, story and link; then these four. The
-- story is empty where it is the uri; the link (slice and document of the revision before) where there is none.
local DOCUMENT = '<HBi5I5c8c4c28HHHB'
local DOCUMENT_BYTES = 60
local LINK = '<i4I4'
local CANCELED = 1
local NOWHERE = 4294967295           -- the document of a text that has none
local UNIT, UNITS_PER_CHUNK = 8, 8184   -- 65,472 bytes: with its header just below an allocator's 64 KiB class

local function place_of(id) return math.floor(id / UNITS_PER_CHUNK), (id % UNITS_PER_CHUNK) * UNIT end

local function read_document(slice, id)
  local chunk, at = place_of(id)
  local key = S .. ':d:' .. slice .. ':' .. chunk
  local head = redis_call('GETRANGE', key, at, at + DOCUMENT_BYTES - 1)
  if #head < DOCUMENT_BYTES then return nil end
  local d = {key = key, at = at, slice = slice, id = id}
  local sketch_n, uri_n, story_n, link_n
  d.units, d.flags, d.time, d.seq, d.text, d.source, d.beginnings, sketch_n, uri_n, story_n, link_n = struct.unpack(DOCUMENT, head)
  if d.units == 0 then return nil end
  local from = at + DOCUMENT_BYTES
  local rest = redis_call('GETRANGE', key, from, from + sketch_n + uri_n + story_n + link_n - 1)
  d.sketch = string.sub(rest, 1, sketch_n)
  d.uri = string.sub(rest, sketch_n + 1, sketch_n + uri_n)
  d.story = story_n > 0 and string.sub(rest, sketch_n + uri_n + 1, sketch_n + uri_n + story_n) or d.uri
  d.previous_slice, d.previous = 0, NOWHERE
  if link_n > 0 then d.previous_slice, d.previous = struct.unpack(LINK, rest, sketch_n + uri_n + story_n + 1) end
  d.canceled = d.flags % 2 == CANCELED
  return d
end

local function write_document(a, story, previous)
  local t = open_postings(a.slice)
  if not t.exists then redis_call('HSET', P .. ':slices', call.signature .. '/' .. a.slice, call.window_s) end
  t.dirty, t.exists, t.documents = true, true, t.documents + 1
  local other_story = story ~= a.uri and story or ''
  local link = previous.id ~= NOWHERE and struct.pack(LINK, previous.slice, previous.id) or ''
  local size = DOCUMENT_BYTES + #a.sketch + #a.uri + #other_story + #link
  local units = math.ceil(size / UNIT)
  local room = UNITS_PER_CHUNK - t.at % UNITS_PER_CHUNK
  if units > room then t.at = t.at + room end
  local id = t.at
  t.at = t.at + units
  local chunk, at = place_of(id)
  local key = S .. ':d:' .. a.slice .. ':' .. chunk
  if at == 0 then                                -- the whole chunk at once: no reallocation, no spare room
    redis_call('SETRANGE', key, UNITS_PER_CHUNK * UNIT - 1, '\0')
  end
  if at == 0 or t.is_late then redis_call('EXPIRE', key, WINDOW_TTL) end
  local head = struct.pack(DOCUMENT, units, 0, math.floor(a.t), a.seq, a.text, a.source, a.beginnings, #a.sketch, #a.uri, #other_story, #link)
  redis_call('SETRANGE', key, at, head .. a.sketch .. a.uri .. other_story .. link)
  return id
end

local function cancel_documents(slice, id)
  for _ = 1, 64 do
    local d = id ~= NOWHERE and read_document(slice, id)
    if not d then return end
    redis_call('SETRANGE', d.key, d.at + 2, string.char(CANCELED))
    slice, id = d.previous_slice, d.previous
  end
end
