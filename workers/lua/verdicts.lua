-- Registering and deciding. A decision is a table of the contract's fields.

local FAMILY = 256                   -- uris of a story that are remembered at most

local function publish(a, s, decision)
  local previous = {slice = 0, id = NOWHERE}
  if s and s.id ~= NOWHERE then previous = s end
  local id = NOWHERE
  if a.shingles > 0 then
    id = write_document(a, decision.story, previous)
    local t = open_postings(a.slice)
    t:add_all(a.postings, id, a.known or t:look_up(a.postings))
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
  for _, uri in ipairs(redis_call('LRANGE', P .. ':m:' .. redis.sha1hex(story), 0, FAMILY - 1)) do
    if uri ~= a.uri then members[#members + 1] = uri end
  end
  return #members > 0 and members or nil
end

local function cancel(a, s)                                                                    -- rule 2
  if s and s.status == 'k' and age(a, s) ~= 1 then return resend(a, s) end
  local kill = s and s.status ~= 'k' and read_kill(a)   -- it has been reinstated since
  local older = kill and age(a, kill)
  if older and older < 1 then return rejected(a, s, 'stale-version', a.uri) end
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

-- Whether the article begins as the document does, as far as the longest beginning goes that it has a hash of: more than
-- half of a short text.
local function begins_like(a, d)
  for at = 25, 1, -4 do
    local beginning = string.sub(a.beginnings, at, at + 3)
    if beginning ~= '\0\0\0\0' then return beginning == string.sub(d.beginnings, at, at + 3) end
  end
  return false
end

local function is_shortened(a, s)
  local d = own_document(s)
  if not d or a.shingles == 0 or not begins_like(a, d) then return false end
  local sketch = read_sketch(d.sketch)
  local _, containment = compare(a.parsed, sketch)
  return a.shingles < 0.7 * sketch.shingles and containment >= 0.93
end

local function again(a, s)                                                                     -- rule 4
  local newer = age(a, s) == 1
  if a.raw == s.raw or a.text == s.text then
    if newer and a.headline ~= s.headline then return revise(a, s, 'revision') end
    return resend(a, s)
  end
  if not newer and (was_a_revision(a) or is_shortened(a, s)) then return resend(a, s) end
  -- only what a site puts round an article has changed; the times of scrapes prove nothing, a greater version does
  local framed = a.core == s.core and a.core ~= string.rep('\0', 8)
  if framed and not (newer and a.version ~= '') then return resend(a, s) end
  return revise(a, s, 'revision')
end

-- Few hashes say little: fewer than 8 nothing, fewer than 24 only what is clear.
local function is_alike(a, d)
  if a.text == d.text then return true end
  if a.shingles < call.few_shingles then return d.jaccard >= call.few_jaccard end
  if d.compared < 8 then return false end
  return d.containment >= (d.compared < 24 and math.max(call.duplicate_containment, call.few_containment) or call.duplicate_containment)
end

local function is_copy(a, d)
  if d.is_copy == nil then d.is_copy = is_alike(a, d) and (a.text == d.text or d.containment == 1 or not has_other_facts(a, d)) end
  return d.is_copy
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
  local earlier = read_state({at = a.at, uri_hash = hash_of_uri(d.uri)})
  local members = P .. ':m:' .. redis.sha1hex(d.story)
  if redis_call('EXISTS', members) == 0 then redis_call('RPUSH', members, d.story) end
  redis_call('RPUSH', members, a.uri)
  if redis_call('LLEN', members) > FAMILY then redis_call('LPOP', members) end
  redis_call('EXPIRE', members, math.ceil(call.kill_state_s))
  local decision = {verdict = 'update', relation = 'write-thru', of = d.uri, story = d.story, revision = (earlier and earlier.revision or 1) + 1}
  return publish(a, s, with_figures(decision, d.jaccard, d.containment, d.containment_of))
end

-- Whether a canceled document's uri is on the wire again, with a text that is as near.
local function reinstated(found, canceled)
  return best(found, function(d)
    return not d.canceled and d.uri == canceled.uri and d.containment >= canceled.containment - 0.02
  end, function(d) return d.containment end)
end

local function by_similarity(a, s)                                                             -- rule 5
  local found = verified(a)
  -- of a canceled article and another that are about as near, the canceled one counts
  local copied = best(found, function(d) return is_copy(a, d) and not (d.canceled and reinstated(found, d)) end,
                      function(d) return d.containment + d.jaccard / 100 + (d.canceled and 0.05 or 0) end)
  if copied then return copy_of(a, s, copied) end
  local function held(d) return not d.canceled and a.shingles >= call.few_shingles and d.compared_of >= 8 and d.containment_of >= call.write_thru_containment end
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
  local closed = s and (s.status == 'k' or s.status == 'h')
  if a.status == 'withheld' then
    if s and s.published then return cancel(a, s) end
    return rejected(a, s, 'withheld', nil, not closed and 'w' or nil)
  end
  if s and s.status == 'k' and age(a, s) ~= 1 then return rejected(a, s, 'copy-of-canceled', a.uri) end
  if a.reject then return rejected(a, s, a.reject, s and s.published and a.uri or nil) end
  if closed then return revise(a, s, 'reinstated') end
  if s and s.published then return again(a, s) end
  return by_similarity(a, s)
end
