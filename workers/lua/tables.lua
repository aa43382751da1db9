-- Tables in slices: linear hashing (Litwin 1980), one small packed hash a bucket, grown by one bucket at a time.

local ENTRIES_PER_BUCKET = 64    -- keeps a bucket in its packed encoding (listpack)

-- Keys expire two lengths of their slice after they were made, which outlives the slice as long as it is written within one
-- length. A slice that is written later than that (a backlog, a back-fill) renews what it writes.
local NOW = tonumber(redis_call('TIME')[1])

local Table = {}
Table.__index = Table
local open_tables = {}

-- The table of a kind (Table, Postings) in a slice; `fewest` buckets at least, a power of 2.
local function open_sliced(kind, name, slice, ttl, fewest)
  local key = name .. ':' .. slice
  local t = open_tables[key]
  if not t then
    local meta = redis_call('HMGET', key .. ':meta', 'n', 'b', 'at', 'documents', 'born')
    t = setmetatable({key = key, ttl = ttl, exists = meta[2] ~= false,
                      n = tonumber(meta[1] or 0), b = tonumber(meta[2] or fewest), at = tonumber(meta[3] or 0),
                      documents = tonumber(meta[4] or 0), born = tonumber(meta[5] or NOW)}, kind)
    t.is_late = NOW - t.born > ttl / 2
    t.high = fewest
    while t.high < t.b do t.high = t.high * 2 end
    open_tables[key] = t
  end
  return t
end

local function open_table(name, slice, ttl) return open_sliced(Table, name, slice, ttl, 1) end

local function close_tables()
  for _, t in pairs(open_tables) do
    if t.dirty then
      redis_call('HSET', t.key .. ':meta', 'n', t.n, 'b', t.b, 'at', t.at, 'documents', t.documents, 'born', string.format('%.0f', t.born))
      redis_call('EXPIRE', t.key .. ':meta', t.ttl)
    end
  end
end

-- The bucket of a 32-bit tag, and its key.
function Table:bucket(tag)
  local i = tag % self.high
  if i >= self.b then i = tag % (self.high / 2) end
  return i, self.key .. ':' .. i
end

-- One more bucket: the one that gives, the one that takes what falls to it. Tags at % self.high == to move.
function Table:grow()
  if self.b == self.high then self.high = self.high * 2 end
  local to = self.b
  self.b = to + 1
  return to - self.high / 2, to
end

local function tag_of(field) return (struct.unpack('<I4', field)) end

function Table:get(field)
  if not self.exists then return false end
  local _, key = self:bucket(tag_of(field))
  return redis_call('HGET', key, field)
end

function Table:set(field, value)
  self.dirty = true
  if not self.exists then self:begin(0) end
  local _, key = self:bucket(tag_of(field))
  local is_more = redis_call('HSET', key, field, value) == 1
  if self.is_late then redis_call('EXPIRE', key, self.ttl) end
  if not is_more then return end
  self.n = self.n + 1
  if self.n > self.b * ENTRIES_PER_BUCKET then self:split() end
end

-- Every bucket holds one empty field, so that none is ever made without its expiry.
function Table:begin(bucket)
  self.exists = true
  redis_call('HSET', self.key .. ':' .. bucket, '', '')
  redis_call('EXPIRE', self.key .. ':' .. bucket, self.ttl)
end

function Table:split()
  local from, to = self:grow()
  local source, target = self.key .. ':' .. from, self.key .. ':' .. to
  self:begin(to)
  local all, moved, gone = redis_call('HGETALL', source), {'HSET', target}, {'HDEL', source}
  for i = 1, #all, 2 do
    if all[i] ~= '' and tag_of(all[i]) % self.high == to then
      moved[#moved + 1] = all[i]
      moved[#moved + 1] = all[i + 1]
      gone[#gone + 1] = all[i]
    end
  end
  if #gone > 2 then
    redis_call(unpack(moved))
    redis_call(unpack(gone))
  end
end

local function slice_of(seconds, length) return math.floor(seconds / length) end

-- Of the slice of a time and its two neighbours those that are there. `open` opens a slice's table.
local function neighbours(open, seconds, length)
  local w, found = slice_of(seconds, length), {}
  for _, slice in ipairs({w, w - 1, w + 1}) do
    local t = open(slice)
    if t.exists then found[#found + 1] = {slice = slice, table = t} end
  end
  return found
end
