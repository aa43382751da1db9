-- One atomic claim per article: look up, verify, decide, register. Called by workers/claims.py for a run of articles of one
-- source partition, in order. The rules are those of docs/CONTRACT.md, section Verdicts; their numbers refer to it.
--
-- Keys (P = KEYS[1], a hash tag such as {newswire:default}, so that all keys of one index live in one slot):
--   P:seq                  order of claims
--   P:own:<topic>/<n>      owner of a source partition: g generation, low lowest offset not yet trimmed
--   P:o:<topic>/<n>        decisions by origin: offset -> 8 bytes hash of the raw record, then the decision as JSON
--   P:u:<slice>:<bucket>   state by uri: 8 bytes hash of the uri -> state (see STATE)
--   P:k:<slice>:<bucket>   the same for kills, which are kept longer
--   P:h:<uri hash>         8 bytes hash a text, of the last revisions of a uri
--   P:m:<story hash>       uris of a story that has more than one, in order of arrival
--   P:<signature>:p:<slice>:<bucket>   postings: 5 bytes of a shingle hash -> 4 bytes a document, the newest last
--   P:<signature>:d:<slice>:<chunk>    the documents of a slice, one after the other (see DOCUMENT)
--   ...:<slice>:meta       of each sliced table: n entries, b buckets, at next free unit
-- A slice is one window long; a look-up reads the slice of its time and its two neighbours. Whole slices expire.
--
-- ARGV[1]  JSON: topic, partition, generation, low (committed offset), signature, and the settings used below
-- then four a claim: facts (JSON), hashes (52 bytes), sketch, postings (workers/signature.py)
-- Returns one string a claim: the decision as JSON, or "settled" where the caller does not own the origin any more.

local P = KEYS[1]
local call = cjson.decode(ARGV[1])
local S = P .. ':' .. call.signature
local redis_call = redis.call

local UNIT, UNITS_PER_CHUNK = 16, 4092          -- 65,472 bytes: with its header just below an allocator's 64 KiB class
local DOCUMENT = '<I4BI4dI4I4c8c8c4c4HHH'        -- units, flags, arrival, seq, previous slice and document, uri hash, text hash,
local DOCUMENT_BYTES = 55                        -- source, lead, lengths of sketch, uri, story; then these three
local CANCELED = 1
local STATE = '<c1BHI4I4I4dc8c8c8c4'             -- status, signature tag, revision, slice, document, seq, versionCreated,
local NOWHERE = 4294967295                       -- raw, text, core and headline hashes; then the version key
local SKETCH_HEAD, LEVELS = '<I4BHHHHHHHHHHHHHHHH', 16
local SKETCH_HEAD_BYTES = 37
local ENTRIES_PER_BUCKET = 64                    -- keeps a bucket in its packed encoding (listpack)
local IDS_PER_POSTING = 8                        -- a phrase shared by more says nothing: the newest are kept
local CANDIDATES = 12                            -- verified at most, those that share the most postings first
local REVISIONS = 8

-- Tables in slices: linear hashing (Litwin 1980), one small packed hash a bucket, grown by one bucket at a time.

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

-- Documents: one append-only log a slice, cut into chunks of a fixed size.

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

-- Sketches: sorted by hash, so that the hashes of a coarser level are the first ones.

local function read_sketch(bytes)
  local head = {struct.unpack(SKETCH_HEAD, bytes)}
  return {shingles = head[1], level = head[2], counts = head, bytes = bytes}
end

local function kept(sketch, level) return sketch.counts[3 + level] end

local function each_hash(sketch, count, visit)
  local at, last = SKETCH_HEAD_BYTES + 1, SKETCH_HEAD_BYTES + 2 * count
  local n = 0
  while at <= last do
    local b = {string.byte(sketch.bytes, at, math.min(at + 199, last))}
    for i = 1, #b, 2 do
      n = n + 1
      visit(b[i] + b[i + 1] * 256, n)
    end
    at = at + 200
  end
end

local function ranks(sketch)
  if not sketch.ranks then
    local r = {}
    each_hash(sketch, kept(sketch, sketch.level), function(hash, n) if not r[hash] then r[hash] = n end end)
    sketch.ranks = r
  end
  return sketch.ranks
end

-- Jaccard, containment of a in b, containment of b in a: at the coarser level of the two (Broder 1997).
local function compare(a, b)
  local level = math.max(a.level, b.level)
  local na, nb = kept(a, level), kept(b, level)
  if na == 0 or nb == 0 then return 0, 0, 0 end
  local r, common = ranks(a), 0
  each_hash(b, nb, function(hash) local n = r[hash]; if n and n <= na then common = common + 1 end end)
  common = math.min(common, na)
  return common / (na + nb - common), common / na, common / nb
end

-- State by uri.

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
    for _, found in ipairs(neighbours(P .. ':' .. name, a.at, length, math.ceil(2 * length))) do
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
  if s then version, created = later_version(a, s), math.max(a.created, s.created) end
  local bytes = struct.pack(STATE, status, call.signature_tag, math.min(revision, 65535), slice, id, a.seq, created,
                            a.raw, a.text, a.core, a.headline) .. version
  local function put(name, length)
    open_table(P .. ':' .. name, slice_of(a.at, length), math.ceil(2 * length)):set(a.uri_hash, bytes)
  end
  put('u', call.uri_state_s)
  if status == 'k' then put('k', call.kill_state_s) end
end

-- -1, 0, 1: older, the same or open, newer; by version, else by versionCreated (rule 2).
local function age(a, s)
  if a.version ~= '' and string.sub(a.version, 1, 1) == string.sub(s.version, 1, 1) then
    return a.version < s.version and -1 or a.version > s.version and 1 or 0
  end
  if a.created < 0 or s.created < 0 or a.created == s.created then return 0 end
  return a.created < s.created and -1 or 1
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

-- Registering and deciding. A decision is a table of the contract's fields.

local function publish(a, s, decision)
  local previous = {slice = 0, id = NOWHERE}
  if s and s.id ~= NOWHERE then previous = s end
  local id = NOWHERE
  if a.shingles > 0 then
    id = write_document(a, decision.story, previous)
    local packed, t = struct.pack('<I4', id), open_table(S .. ':p', a.slice, WINDOW_TTL)
    for i = 1, #a.postings, 5 do
      local field = string.sub(a.postings, i, i + 4)
      local ids = a.known and a.known[field] or t:get(field) or ''
      t:set(field, string.sub(ids .. packed, -4 * IDS_PER_POSTING))
    end
  end
  write_state(a, s, 'p', decision.revision, a.slice, id)
  return decision
end

local function own_document(s) return s.id ~= NOWHERE and read_document(s.slice, s.id) or nil end

local function story_of(a, s)
  local d = s and own_document(s)
  return d and d.story or a.uri
end

local function with_figures(decision, jaccard, containment, containment_of)
  decision.jaccard, decision.containment, decision.containment_of = jaccard, containment, containment_of
  return decision
end

local function rejected(a, s, reason, of, status)
  if status then write_state(a, s, status, s and s.revision or 0, 0, NOWHERE) end
  return {verdict = 'rejected', reason = reason, of = of, story = a.uri, revision = s and s.revision or 1}
end

-- What is known stays, under the later version, and is kept from now on.
local function touch(a, s)
  a.raw, a.text, a.core, a.headline = s.raw, s.text, s.core, s.headline
  write_state(a, s, s.status, s.revision, s.slice, s.id)
end

local function resend(a, s)
  touch(a, s)
  return {verdict = 'duplicate', relation = 'resend', of = a.uri, story = story_of(a, s), revision = math.max(s.revision, 1)}
end

local function family(a, story)
  local members = {}
  for _, uri in ipairs(redis_call('LRANGE', P .. ':m:' .. redis.sha1hex(story), 0, 63)) do
    if uri ~= a.uri then members[#members + 1] = uri end
  end
  return #members > 0 and members or nil
end

local function cancel(a, s)                                                                    -- rule 2
  local kill = read_kill(a)
  if kill and s and s.status == 'k' and age(a, s) < 1 then return resend(a, s) end
  if kill and s and s.status ~= 'k' and age(a, kill) < 1 then return rejected(a, s, 'stale-version', a.uri) end
  local story = story_of(a, s)
  local revision = (s and s.revision or 0) + 1
  if s then
    cancel_documents(s.slice, s.id)
    a.raw, a.text, a.core, a.headline = s.raw, s.text, s.core, s.headline
  end
  write_state(a, s, a.status == 'canceled' and 'k' or 'h', revision, s and s.slice or 0, s and s.id or NOWHERE)
  return {verdict = 'cancel', relation = 'cancel', of = s and a.uri or nil, story = story, revision = revision, family = family(a, story)}
end

local function revise(a, s, relation)
  local d = own_document(s)
  local decision = {verdict = 'update', relation = relation, of = a.uri, story = d and d.story or a.uri, revision = s.revision + 1}
  if d and a.shingles > 0 then with_figures(decision, compare(a.parsed, read_sketch(d.sketch))) end
  remember_revision(a, s)
  return publish(a, s, decision)
end

local function is_shortened(a, s)
  local d = own_document(s)
  if not d or a.shingles == 0 or a.lead ~= d.lead then return false end
  local sketch = read_sketch(d.sketch)
  local _, containment = compare(a.parsed, sketch)
  return a.shingles < 0.9 * sketch.shingles and containment >= 0.85
end

local function again(a, s)                                                                     -- rule 4
  local newer = age(a, s) == 1
  if a.raw == s.raw or a.text == s.text then
    if newer and a.headline ~= s.headline then return revise(a, s, 'revision') end
    return resend(a, s)
  end
  if not newer and (was_a_revision(a) or is_shortened(a, s)) then return resend(a, s) end
  if not newer and a.core == s.core and a.core ~= string.rep('\0', 8) then return resend(a, s) end
  return revise(a, s, 'revision')
end

-- Documents that share postings, most first. One in sixteen of the postings at least: a copy shares far more, and what
-- shares fewer is not worth a look.
local function candidates(a)
  local order, fewest = {}, #a.postings / 5 / 16
  a.known = {}                                   -- what `publish` adds to
  for _, found in ipairs(neighbours(S .. ':p', a.t, call.window_s, WINDOW_TTL)) do
    local votes = {}
    for i = 1, #a.postings, 5 do
      local field = string.sub(a.postings, i, i + 4)
      local ids = found.table:get(field) or ''
      if found.slice == a.slice then a.known[field] = ids end
      for at = 1, #ids, 4 do
        local id = struct.unpack('<I4', ids, at)
        votes[id] = (votes[id] or 0) + 1
      end
    end
    for id, n in pairs(votes) do
      if n >= fewest then order[#order + 1] = {slice = found.slice, id = id, votes = n} end
    end
  end
  table.sort(order, function(x, y)
    if x.votes ~= y.votes then return x.votes > y.votes end
    if x.slice ~= y.slice then return x.slice < y.slice end
    return x.id < y.id
  end)
  return order
end

local function verified(a)
  local found = {}
  for i, c in ipairs(candidates(a)) do
    if i > CANDIDATES then break end
    local d = read_document(c.slice, c.id)
    if d and d.uri_hash ~= a.uri_hash and math.abs(a.t - d.arrival) <= call.window_s then
      d.jaccard, d.containment, d.containment_of = compare(a.parsed, read_sketch(d.sketch))
      if d.text == a.text then d.jaccard, d.containment, d.containment_of = 1, 1, 1 end
      found[#found + 1] = d
    end
  end
  return found
end

-- The best of the documents that `fits`, by `score`; of equals the one that was first.
local function best(documents, fits, score)
  local chosen
  for _, d in ipairs(documents) do
    if fits(d) and (not chosen or score(d) > score(chosen) or (score(d) == score(chosen) and d.seq < chosen.seq)) then chosen = d end
  end
  return chosen
end

local function is_copy(a, d)
  if a.shingles < call.few_shingles then return d.jaccard >= call.few_jaccard end
  return d.containment >= call.duplicate_containment
end

local function relation_to(a, d)
  if a.text == d.text then return 'exact' end
  return d.containment - d.containment_of > 0.15 and 'excerpt' or 'near'   -- much of the other one is not in this one
end

local function copy_of(a, s, d)
  if d.canceled then
    return with_figures(rejected(a, s, 'copy-of-canceled', d.uri, 'r'), d.jaccard, d.containment, d.containment_of)
  end
  write_state(a, s, 'd', s and s.revision or 0, 0, NOWHERE)
  local decision = {verdict = 'duplicate', relation = relation_to(a, d), of = d.uri, story = d.story, revision = 1}
  return with_figures(decision, d.jaccard, d.containment, d.containment_of)
end

local function extend(a, s, d)
  local earlier = read_state({at = a.at, uri_hash = d.uri_hash})
  local members = P .. ':m:' .. redis.sha1hex(d.story)
  if redis_call('EXISTS', members) == 0 then redis_call('RPUSH', members, d.story) end
  redis_call('RPUSH', members, a.uri)
  redis_call('EXPIRE', members, math.ceil(call.kill_state_s))
  local decision = {verdict = 'update', relation = 'write-thru', of = d.uri, story = d.story, revision = (earlier and earlier.revision or 1) + 1}
  return publish(a, s, with_figures(decision, d.jaccard, d.containment, d.containment_of))
end

local function by_similarity(a, s)                                                             -- rule 5
  local found = verified(a)
  local copied = best(found, function(d) return is_copy(a, d) end,
                      function(d) return d.containment + d.jaccard / 100 + (d.canceled and 0.05 or 0) end)
  if copied then return copy_of(a, s, copied) end
  local function held(d) return not d.canceled and a.shingles >= call.few_shingles and d.containment_of >= call.write_thru_containment end
  local function most(d) return d.containment_of + d.containment end
  local extended = best(found, function(d) return held(d) and d.source == a.source end, most)
  if extended then return extend(a, s, extended) end
  local decision = {verdict = 'new', story = a.uri, revision = 1}
  local quoted = best(found, held, most)
  local nearest = quoted or best(found, function(d) return not d.canceled and d.containment > 0 end, function(d) return d.containment end)
  if quoted then decision.relation, decision.of = 'related', quoted.uri end
  if nearest then with_figures(decision, nearest.jaccard, nearest.containment, nearest.containment_of) end
  return publish(a, s, decision)
end

local function decide(a)
  local s = read_state(a)
  if a.status == 'canceled' then return cancel(a, s) end
  if s and age(a, s) == -1 then return rejected(a, s, 'stale-version', a.uri) end
  if a.status == 'withheld' then
    if s and s.published then return cancel(a, s) end
    return rejected(a, s, 'withheld', nil, s and s.status == 'k' and 'k' or 'w')
  end
  local closed = s and (s.status == 'k' or s.status == 'h')
  if s and s.status == 'k' and age(a, s) < 1 then return rejected(a, s, 'copy-of-canceled', a.uri) end
  if a.reject then return rejected(a, s, a.reject, s and s.published and a.uri or nil) end
  if closed then return revise(a, s, 'reinstated') end
  if s and s.published then return again(a, s) end
  return by_similarity(a, s)
end

-- Claims: fenced by the owner's generation, idempotent by origin (rule: a redelivery gets the same answer).

local own, decisions = P .. ':own:' .. call.topic .. '/' .. call.partition, P .. ':o:' .. call.topic .. '/' .. call.partition
local owner = redis_call('HMGET', own, 'g', 'low')
local generation, low = tonumber(owner[1] or -1), tonumber(owner[2] or 0)

local function trim()
  if call.low <= low then return end
  if call.low - low > redis_call('HLEN', decisions) then
    for _, offset in ipairs(redis_call('HKEYS', decisions)) do
      if tonumber(offset) < call.low then redis_call('HDEL', decisions, offset) end
    end
  else
    for offset = low, call.low - 1 do redis_call('HDEL', decisions, string.format('%.0f', offset)) end
  end
  low = call.low
end

local function read_claim(i)
  local a = cjson.decode(ARGV[i])
  local hashes = ARGV[i + 1]
  a.record, a.uri_hash, a.raw, a.text, a.core, a.headline, a.lead, a.source = struct.unpack('<c8c8c8c8c8c4c4c4', hashes)
  a.sketch, a.postings = ARGV[i + 2], ARGV[i + 3]
  a.slice = slice_of(a.t, call.window_s)
  if a.shingles > 0 then a.parsed = read_sketch(a.sketch) end
  return a
end

local function claim(a)
  if a.offset < low then return 'settled' end
  local offset = string.format('%.0f', a.offset)
  local before = redis_call('HGET', decisions, offset)
  if before and string.sub(before, 1, 8) == a.record then return string.sub(before, 9) end
  a.seq = redis_call('INCR', P .. ':seq')
  local decision = decide(a)
  decision.seq = a.seq
  local answer = cjson.encode(decision)
  redis_call('HSET', decisions, offset, a.record .. answer)
  return answer
end

if generation > call.generation then
  local answers = {}
  for i = 2, #ARGV, 4 do answers[#answers + 1] = 'settled' end
  return answers
end
trim()
redis_call('HSET', own, 'g', string.format('%.0f', call.generation), 'low', string.format('%.0f', low))
local answers = {}
for i = 2, #ARGV, 4 do answers[#answers + 1] = claim(read_claim(i)) end
close_tables()
return answers
