-- An article as it stands in the arguments, from ARGV[i] on: facts, hashes, sketch, postings (workers/claim.py).

local function read_claim(i)
  local a = cjson.decode(ARGV[i])
  local hashes = ARGV[i + 1]
  a.record, a.uri_hash, a.raw, a.text, a.core, a.headline, a.beginnings, a.source = struct.unpack('<c8c8c8c8c8c4c28c4', hashes)
  a.sketch, a.postings = ARGV[i + 2], {}
  for at = 1, #ARGV[i + 3], 4 do a.postings[#a.postings + 1] = string.sub(ARGV[i + 3], at, at + 3) end
  a.slice = slice_of(a.t, call.window_s)
  if a.shingles > 0 then a.parsed = read_sketch(a.sketch) end
  return a
end
