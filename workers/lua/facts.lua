-- Other facts: a template filled anew (a forecast, a draw, a recall, a warning) is not a copy of the one before, however many
-- words the two share. Its lead is another one, its numbers are others, and only the rest is known.
--
-- An article's marks (workers/signature.py) say of each hash of its sketch whether its shingle begins in the lead (1), holds a
-- number (2), or both (3). Measured on labelled streams and on real wires: each of the three alone costs copies.

local LEAD, NUMBER = 1, 2
local LEAD_HASHES, NUMBER_HASHES = 6, 3      -- fewer say nothing
local LEAD_KNOWN, NUMBERS_KNOWN, LEAD_NUMBERS_KNOWN, REST_KNOWN = 0.55, 0.6, 0.35, 0.8

-- Of the hashes that `has` picks by their mark: how many there are, and the share that the other sketch has.
local function share_known(marks, known, has)
  local all, there = 0, 0
  for n, mark in ipairs(marks) do
    if has(mark) then
      all = all + 1
      if known[n] then there = there + 1 end
    end
  end
  return all, all > 0 and there / all or 0
end

local function marks_at(a, level)
  local marks = {}
  for n = 1, math.min(kept(a.parsed, level), #a.marks) do marks[n] = string.byte(a.marks, n) - 48 end
  return marks
end

local function in_lead(mark) return mark % 2 == LEAD end
local function has_number(mark) return mark >= NUMBER end

local function has_other_facts(a, d)
  local sketch = read_sketch(d.sketch)
  local level = math.max(a.parsed.level, sketch.level)
  local marks, r, known = marks_at(a, level), ranks(a.parsed), {}
  each_hash(sketch, kept(sketch, level), function(hash) if r[hash] then known[r[hash]] = true end end)
  local lead, lead_known = share_known(marks, known, in_lead)
  local numbers, numbers_known = share_known(marks, known, has_number)
  local both, both_known = share_known(marks, known, function(mark) return in_lead(mark) and has_number(mark) end)
  local rest, rest_known = share_known(marks, known, function(mark) return not in_lead(mark) end)
  if lead < LEAD_HASHES or numbers < NUMBER_HASHES or rest == 0 then return false end
  local new_numbers = numbers_known < NUMBERS_KNOWN or (both >= NUMBER_HASHES and both_known < LEAD_NUMBERS_KNOWN)
  return lead_known < LEAD_KNOWN and new_numbers and rest_known >= REST_KNOWN
end
