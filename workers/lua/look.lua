-- The look script: what a claim would be answered now, and what stands near it; nothing is written. Called by workers/claims.py,
-- and made like the claim script (call.lua) with nothing_written.lua after call and this file in the place of claims.
--
-- ARGV as in call.lua, for one claim. Returns JSON (workers/look.py): state, decision, nearest.

local NEAREST = 5

local function state_of(s)
  return s and {status = s.status, revision = s.revision, version = s.version, created = s.created, seq = s.seq} or nil
end

local function nearest(a)
  local near = {}
  if a.shingles == 0 then return near end
  for _, d in ipairs(verified(a)) do
    near[#near + 1] = {uri = d.uri, story = d.story, canceled = d.canceled, jaccard = d.jaccard,
                       containment = d.containment, containment_of = d.containment_of, same_source = d.source == a.source}
  end
  table.sort(near, function(x, y)
    if x.containment ~= y.containment then return x.containment > y.containment end
    return x.containment_of > y.containment_of
  end)
  local first, seen = {}, {}                    -- of several revisions the one that is most alike
  for _, d in ipairs(near) do
    if not seen[d.uri] and #first < NEAREST then first[#first + 1] = d end
    seen[d.uri] = true
  end
  return first
end

local a = read_claim(2)
a.seq = 0
local look = {state = state_of(read_state(a)), nearest = nearest(a)}
look.decision = decide(a)
return cjson.encode(look)
