-- Learned lines: what a source repeats under many different articles. Two scripts are made of this file and one more:
-- lines_fetch (before cleaning) and lines_learn (after what was published is committed). Called by workers/lines.py.
--
-- Keys (P = KEYS[1], the hash tag of the index, as in call.lua; L = P:lines1, where 1 is the format of these keys):
--   L:version            goes up with every change of any source's list
--   L:few                articles by source, of sources from which few have come so far
--   L:of:<source>        the source's list: head, then entries, the longest untouched first
--   L:seen:<source>      one byte a line that stood in one article: the slot is of its hash, the byte too; a later line
--                              takes the slot of an earlier one, so that old lines fade
--   L:pins:<topic>/<n>   which offsets were handed out which version: a redelivery is cleaned by the same one
-- All but the version expire one window after they were last written.
--
-- A line is 8 bytes of its hash; the last bit says that it is a sentence. It is learned when it has stood in so many different
-- stories; its entry then says from which version on it counts, and until which. A list as it was in any version can be told
-- as long as what was dropped from it is remembered, for another window.

local P = KEYS[1]
local L = P .. ':lines1:'
local VERSION = L .. 'version'
local HEAD, HEAD_BYTES = '<I4I4', 8             -- articles counted; version in which the list changed last
local ENTRY, ENTRY_BYTES = '<c8I4I4I4B', 21     -- line; from version, 0 if not learned; until version; when it was met last, in seconds; stories
local STORY_BYTES = 2                           -- then so many bytes a story that it stood in
local FOREVER = 4294967295
local NOW = tonumber(redis.call('TIME')[1])

local call = cjson.decode(ARGV[1])
local TTL = math.ceil(call.window_s)

local function list_key(source) return L .. 'of:' .. source end

local function version_now() return tonumber(redis.call('GET', VERSION) or 0) end

local function read_list(source)
  local bytes = redis.call('GET', list_key(source))
  if not bytes then return nil end
  local list, at = {source = source, entries = {}}, HEAD_BYTES + 1
  list.articles, list.changed = struct.unpack(HEAD, bytes)
  while at <= #bytes do
    local e, stories = {}, nil
    e.line, e.from, e.until_, e.met, stories = struct.unpack(ENTRY, bytes, at)
    local behind = at + ENTRY_BYTES + stories * STORY_BYTES
    e.packed = string.sub(bytes, at, behind - 1)
    e.stories = string.sub(bytes, at + ENTRY_BYTES, behind - 1)
    at = behind
    list.entries[#list.entries + 1] = e
  end
  return list
end
