-- Tables in slices: linear hashing (Litwin 1980), one small packed hash a bucket, grown by one bucket at a time.

local ENTRIES_PER_BUCKET = 64    -- keeps a bucket in its packed encoding (listpack)

local Table = {}
Table.__index = Table
local open_tables = {}

local function open_table(name, slice, ttl)
  local key = name .. ':' .. slice
  local t = open_tables[key]
  if not t then
    local meta = redis_call('HMGET', key .. ':meta', 'n', 'b', 'at')
    t = setmetatable({key = key, ttl = ttl, exists = meta[2] ~= false,
                      n = tonumber(meta[1] or 0), b = tonumber(meta[2] or 1), at = tonumber(meta[3] or 0)}, Table)
    t.high = 1
    while t.high < t.b do t.high = t.high * 2 end
    open_tables[key] = t
  end
  return t
end

function Table:bucket(field)
  local tag = struct.unpack('<I4', field)
  local i = tag % self.high
  if i >= self.b then i = tag % (self.high / 2) end
  return self.key .. ':' .. i
end

function Table:get(field)
  return self.exists and redis_call('HGET', self:bucket(field), field)
end

function Table:touch()
  self.dirty = true
  if self.exists then return end
  self.exists = true
  redis_call('HSET', self.key .. ':0', '', '')    -- every bucket holds one empty field, so that none is ever made without its expiry
  redis_call('EXPIRE', self.key .. ':0', self.ttl)
end

function Table:set(field, value)
  self:touch()
  if redis_call('HSET', self:bucket(field), field, value) == 1 then
    self.n = self.n + 1
    if self.n > self.b * ENTRIES_PER_BUCKET then self:split() end
  end
end

function Table:split()
  if self.b == self.high then self.high = self.high * 2 end
  local from, to = self.b - self.high / 2, self.b
  local source, target = self.key .. ':' .. from, self.key .. ':' .. to
  local all, moved, gone = redis_call('HGETALL', source), {'HSET', target, '', ''}, {'HDEL', source}
  self.b = self.b + 1
  for i = 1, #all, 2 do
    if all[i] ~= '' and struct.unpack('<I4', all[i]) % self.high == to then
      moved[#moved + 1] = all[i]
      moved[#moved + 1] = all[i + 1]
      gone[#gone + 1] = all[i]
    end
  end
  redis_call(unpack(moved))
  redis_call('EXPIRE', target, self.ttl)
  if #gone > 2 then redis_call(unpack(gone)) end
end

local function close_tables()
  for _, t in pairs(open_tables) do
    if t.dirty then
      redis_call('HSET', t.key .. ':meta', 'n', t.n, 'b', t.b, 'at', t.at)
      redis_call('EXPIRE', t.key .. ':meta', t.ttl)
    end
  end
end

local function slice_of(seconds, length) return math.floor(seconds / length) end

local function neighbours(name, seconds, length, ttl)
  local w, found = slice_of(seconds, length), {}
  for _, slice in ipairs({w, w - 1, w + 1}) do
    local t = open_table(name, slice, ttl)
    if t.exists then found[#found + 1] = {slice = slice, table = t} end
  end
  return found
end
