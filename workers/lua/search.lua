-- Searching: documents that share postings with an article, then the figures of those that share most.

local CANDIDATES = 12                -- verified at most

-- Documents that share postings, most first. One in sixteen of the postings at least: a copy shares far more, and what
-- shares fewer is not worth a look.
local function candidates(a)
  local order, fewest = {}, #a.postings / 16
  for _, found in ipairs(neighbours(open_postings, a.t, call.window_s)) do
    local votes, known = {}, found.table:look_up(a.postings)
    if found.slice == a.slice then a.known = known end   -- what `publish` adds to
    for _, ids in ipairs(known.ids) do
      for _, id in ipairs(ids) do votes[id] = (votes[id] or 0) + 1 end
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
    if d and d.uri ~= a.uri and math.abs(a.t - d.time) <= call.window_s then
      d.jaccard, d.containment, d.containment_of, d.compared, d.compared_of = compare(a.parsed, read_sketch(d.sketch))
      if d.text == a.text then d.jaccard, d.containment, d.containment_of = 1, 1, 1 end
      found[#found + 1] = d
    end
  end
  a.compared = #found
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
