-- State by uri.

-- status, signature tag, revision, slice and document, seq, versionCreated, hashes of raw body, text, core and headline;
-- then the version key. Status: p published, k killed, h withheld after publication, w withheld, d duplicate, r rejected.
local STATE = '<c1BHi4I4I5dc8c8c8c4'
local REVISIONS = 8

-- As workers/prepare.py has it: the first 8 bytes of the SHA-1.
local function hash_of_uri(uri)
  return (string.gsub(string.sub(redis.sha1hex(uri), 1, 16), '..', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function unpack_state(bytes)
  local s = {}
  local tag, at
  s.status, tag, s.revision, s.slice, s.id, s.seq, s.created, s.raw, s.text, s.core, s.headline, at = struct.unpack(STATE, bytes)
  s.version = string.sub(bytes, at)
  if tag ~= call.signature_tag then s.id = NOWHERE end
  s.published = s.status == 'p'
  return s
end

-- The state last written: a uri can stand in two slices. 'u' and 'k' name the tables.
local function latest_state(a, names)
  local latest
  for name, length in pairs(names) do
    for _, found in ipairs(neighbours(function(slice) return open_table(P .. ':' .. name, slice, math.ceil(2 * length)) end, a.at, length)) do
      local bytes = found.table:get(a.uri_hash)
      local s = bytes and unpack_state(bytes)
      if s and (not latest or s.seq > latest.seq) then latest = s end
    end
  end
  return latest
end

local function read_state(a) return latest_state(a, {u = call.uri_state_s, k = call.kill_state_s}) end

local function read_kill(a) return latest_state(a, {k = call.kill_state_s}) end

local function later_version(a, s)
  local same_kind = a.version ~= '' and string.sub(a.version, 1, 1) == string.sub(s.version, 1, 1)
  return same_kind and a.version < s.version and s.version or a.version ~= '' and a.version or s.version
end

local function write_state(a, s, status, revision, slice, id)
  local version, created = a.version, a.created
  if s and not (status == 'k' and not s.published) then   -- a kill of what never stood counts as what it says itself
    version, created = later_version(a, s), math.max(a.created, s.created)
  end
  local bytes = struct.pack(STATE, status, call.signature_tag, math.min(revision, 65535), slice, id, a.seq, created,
                            a.raw, a.text, a.core, a.headline) .. version
  local function put(name, length)
    open_table(P .. ':' .. name, slice_of(a.at, length), math.ceil(2 * length)):set(a.uri_hash, bytes)
  end
  put('u', call.uri_state_s)
  if status == 'k' then put('k', call.kill_state_s) end
end

-- -1, 0, 1: older, the same, newer; by version, else by versionCreated; nil where neither compares and arrival decides (rule 2).
local function age(a, s)
  if a.version ~= '' and string.sub(a.version, 1, 1) == string.sub(s.version, 1, 1) then
    return a.version < s.version and -1 or a.version > s.version and 1 or 0
  end
  if a.created < 0 or s.created < 0 then return nil end
  return a.created < s.created and -1 or a.created > s.created and 1 or 0
end

local function remember_revision(a, s)
  local key = P .. ':h:' .. a.uri_hash
  local texts = (redis_call('GET', key) or s.text) .. a.text
  redis_call('SET', key, string.sub(texts, -8 * REVISIONS), 'EX', math.ceil(call.uri_state_s))
end

local function was_a_revision(a)
  local texts = redis_call('GET', P .. ':h:' .. a.uri_hash) or ''
  for i = 1, #texts, 8 do if string.sub(texts, i, i + 7) == a.text then return true end end
  return false
end
