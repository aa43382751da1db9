-- Postings: which documents hold a shingle hash. A sliced table of 32-bit hashes whose buckets are strings of entries, 3
-- bytes of the hash and 4 of the document: half of what a field of a packed hash takes. The fourth byte is the bucket's own.

local ENTRY = '<I4'
local ENTRY_BYTES = 7
local POSTINGS_PER_BUCKET = 128
local FEWEST_BUCKETS = 256       -- so that the low 8 bits of a hash are those of its bucket
local IDS_PER_POSTING = 8        -- a phrase shared by more says nothing: the newest are kept
local WINDOW_TTL = math.ceil(2 * call.window_s)

local Postings = setmetatable({}, {__index = Table})
Postings.__index = Postings

local function open_postings(slice) return open_sliced(Postings, S .. ':p', slice, WINDOW_TTL, FEWEST_BUCKETS) end

-- Documents of a hash in a bucket, and where the oldest of them stands.
local function entries(bucket, posting)
  local tag, from, ids, n, oldest, place = string.sub(posting, 2, 4), 1, {}, 0, nil, nil
  while true do
    local at = string.find(bucket, tag, from, true)
    if not at then return ids, place end
    if (at - 1) % ENTRY_BYTES == 0 then
      local id = struct.unpack(ENTRY, bucket, at + 3)
      n = n + 1
      ids[n] = id
      if not oldest or id < oldest then oldest, place = id, at end
      from = at + ENTRY_BYTES
    else
      from = at + 1
    end
  end
end

-- Of all hashes of an article at once: `ids` their documents, `keys` their buckets, as they are while there are `b` of them.
function Postings:look_up(postings)
  local known = {ids = {}, keys = {}, b = self.b}
  for i, posting in ipairs(postings) do
    local _, key = self:bucket(tag_of(posting))
    known.keys[i] = key
  end
  if self.exists and #postings > 0 then
    local buckets = redis_call('MGET', unpack(known.keys))
    for i, posting in ipairs(postings) do known.ids[i] = buckets[i] and entries(buckets[i], posting) or {} end
  end
  return known
end

-- Adds a document to all hashes of its article; `known` is what `look_up` found of them.
function Postings:add_all(postings, id, known)
  for i, posting in ipairs(postings) do
    local key = known.keys[i]
    if self.b ~= known.b then key = select(2, self:bucket(tag_of(posting))) end   -- a split since then may have moved it
    if known.ids[i] and #known.ids[i] >= IDS_PER_POSTING then
      self:replace_oldest(key, posting, id)
    else
      self:add(key, posting, id)
    end
  end
end

function Postings:add(key, posting, id)
  local length = redis_call('APPEND', key, string.sub(posting, 2, 4) .. struct.pack(ENTRY, id))
  if length == ENTRY_BYTES or self.is_late then redis_call('EXPIRE', key, self.ttl) end
  self.n = self.n + 1
  if self.n > self.b * POSTINGS_PER_BUCKET then self:split() end
end

function Postings:replace_oldest(key, posting, id)
  local _, place = entries(redis_call('GET', key) or '', posting)
  if place then redis_call('SETRANGE', key, place + 2, struct.pack(ENTRY, id)) end
end

function Postings:split()
  local from, to = self:grow()
  local source, target = self.key .. ':' .. from, self.key .. ':' .. to
  local all, stay, move = redis_call('GET', source) or '', {}, {}
  for at = 1, #all, ENTRY_BYTES do
    local entry = string.sub(all, at, at + ENTRY_BYTES - 1)
    local b, c, d = string.byte(entry, 1, 3)
    local tag = from % 256 + b * 256 + c * 65536 + d * 16777216
    local list = tag % self.high == to and move or stay
    list[#list + 1] = entry
  end
  if #move == 0 then return end
  redis_call('SET', target, table.concat(move), 'EX', self.ttl)
  if #stay > 0 then redis_call('SET', source, table.concat(stay), 'KEEPTTL') else redis_call('DEL', source) end
end
