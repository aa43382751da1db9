-- Sketches: sorted by hash, so that the hashes of a coarser level are the first ones.

local SKETCH_HEAD = '<I4BHHHHHHHH'   -- shingles, level, hashes kept at it and at each of the seven above; then 2 bytes a hash
local SKETCH_HEAD_BYTES = 21

local function read_sketch(bytes)
  local head = {struct.unpack(SKETCH_HEAD, bytes)}
  return {shingles = head[1], level = head[2], counts = head, bytes = bytes}
end

local function kept(sketch, level)
  local above = level - sketch.level
  return above < 8 and sketch.counts[3 + above] or 0
end

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

-- Jaccard, containment of a in b, containment of b in a, at the coarser level of the two (Broder 1997); and how many hashes of
-- each were compared.
local function compare(a, b)
  local level = math.max(a.level, b.level)
  local na, nb = kept(a, level), kept(b, level)
  if na == 0 or nb == 0 then return 0, 0, 0, na, nb end
  local r, common = ranks(a), 0
  each_hash(b, nb, function(hash) local n = r[hash]; if n and n <= na then common = common + 1 end end)
  common = math.min(common, na)
  return common / (na + nb - common), common / na, common / nb, na, nb
end
