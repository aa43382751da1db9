-- Counts lines of articles that came out as new. A count that is lost, or comes twice, is harmless: stories are counted.
--
-- ARGV[1]  JSON: window_s; label_stories and sentence_stories, how many different stories it takes
-- then two a source: its name in hexadecimal, and its articles: 2 bytes of the story's hash, how many lines, 8 bytes a line
-- Returns how many lines were learned.

local FEW = 8                          -- articles of a source before anything is kept of it
local MAX_FEW = 20000                  -- sources that are counted so; then counting begins again
local MAX_WAITING, MAX_LEARNED = 128, 256
local FEWEST_SLOTS, MOST_SLOTS, SLOTS_PER_ARTICLE = 256, 16384, 16
local LINE_BYTES = 8

local few_key = L .. 'few'
local learned, version = 0, nil

local function next_version()
  version = version or redis.call('INCR', VERSION)
  return version
end

local function is_due(source, articles)
  local count = redis.call('HINCRBY', few_key, source, articles)
  if count >= FEW then
    redis.call('HDEL', few_key, source)
  elseif redis.call('HLEN', few_key) > MAX_FEW then
    redis.call('UNLINK', few_key)
  end
  redis.call('EXPIRE', few_key, TTL)
  return count >= FEW
end

-- The table of slots, larger when the source turns out to be: a slot's line stands in every slot it could have now.
local function open_slots(list)
  list.seen_key = L .. 'seen:' .. list.source
  list.seen = redis.call('GET', list.seen_key) or ''
  local slots = math.max(#list.seen, FEWEST_SLOTS)
  while slots < MOST_SLOTS and slots < list.articles * SLOTS_PER_ARTICLE do slots = slots * 2 end
  if #list.seen < slots then
    list.seen = #list.seen == 0 and string.rep('\0', slots) or string.rep(list.seen, slots / #list.seen)
    redis.call('SET', list.seen_key, list.seen)
  end
  redis.call('EXPIRE', list.seen_key, TTL)
  list.slots, list.marks = slots, {}
end

local function open_list(source, articles)
  local list = read_list(source)
  if not list then
    if not is_due(source, articles) then return nil end
    list = {source = source, articles = 0, changed = 0, entries = {}}
  end
  list.by_line, list.learned, list.met = {}, 0, {}
  for _, e in ipairs(list.entries) do
    if e.until_ == FOREVER then
      list.by_line[e.line] = e
      if e.from > 0 then list.learned = list.learned + 1 end
    end
  end
  open_slots(list)
  return list
end

local function was_seen(list, line)
  local slot, mark = struct.unpack('<I4', line) % list.slots, math.max(string.byte(line, 5), 1)
  if (list.marks[slot] or string.byte(list.seen, slot + 1)) == mark then return true end
  list.marks[slot] = mark
  redis.call('SETRANGE', list.seen_key, slot, string.char(mark))
  return false
end

local function stood_in(e, story)
  for at = 1, #e.stories, STORY_BYTES do
    if string.sub(e.stories, at, at + STORY_BYTES - 1) == story then return true end
  end
  return false
end

local function needed(line) return string.byte(line, LINE_BYTES) % 2 == 1 and call.sentence_stories or call.label_stories end

local function meet(list, line, story)
  local e = list.by_line[line]
  if not e then
    if not was_seen(list, line) then return end
    e = {line = line, from = 0, until_ = FOREVER, stories = ''}
    list.by_line[line] = e
  end
  if e.packed or not e.met then list.met[#list.met + 1] = e end
  e.packed, e.met = nil, NOW
  if e.from > 0 or stood_in(e, story) then return end
  if (#e.stories / STORY_BYTES) + 1 < needed(line) then
    e.stories = e.stories .. story
  elseif list.learned < MAX_LEARNED then
    e.from, e.stories = next_version(), ''
    list.changed, list.learned, learned = e.from, list.learned + 1, learned + 1
  end
end

local function read_articles(list, bytes)
  local at = 1
  while at <= #bytes do
    local story, lines = string.sub(bytes, at, at + STORY_BYTES - 1), string.byte(bytes, at + STORY_BYTES)
    at = at + STORY_BYTES + 1
    for _ = 1, lines do
      meet(list, string.sub(bytes, at, at + LINE_BYTES - 1), story)
      at = at + LINE_BYTES
    end
    list.articles = list.articles + 1
  end
end

-- Whether an entry stays: what was not met for a window goes; what was learned is first dropped, and told so for a window.
local function stays(list, e)
  if NOW - e.met <= call.window_s then return true end
  if e.from == 0 or e.until_ ~= FOREVER then return false end
  e.until_, e.met, e.packed = next_version(), NOW, nil
  list.changed = e.until_
  return true
end

local function packed(e)
  return e.packed or struct.pack(ENTRY, e.line, e.from, e.until_, e.met, #e.stories / STORY_BYTES) .. e.stories
end

-- Of the entries that are not learned, the last MAX_WAITING that were met.
local function save(list)
  local waiting, kept, ordered = 0, {}, {}
  for _, e in ipairs(list.entries) do
    if e.packed then ordered[#ordered + 1] = e end
  end
  for _, e in ipairs(list.met) do ordered[#ordered + 1] = e end
  for _, e in ipairs(ordered) do
    if e.from == 0 then waiting = waiting + 1 end
  end
  for _, e in ipairs(ordered) do
    local is_over = e.from == 0 and waiting > MAX_WAITING
    if e.from == 0 then waiting = waiting - 1 end
    if not is_over and stays(list, e) then kept[#kept + 1] = packed(e) end
  end
  redis.call('SET', list_key(list.source), struct.pack(HEAD, list.articles, list.changed) .. table.concat(kept), 'EX', TTL)
end

for i = 2, #ARGV, 2 do
  local bytes, articles, at = ARGV[i + 1], 0, 1
  while at <= #bytes do
    articles = articles + 1
    at = at + STORY_BYTES + 1 + LINE_BYTES * string.byte(bytes, at + STORY_BYTES)
  end
  local list = open_list(ARGV[i], articles)
  if list then
    read_articles(list, bytes)
    save(list)
  end
end
return learned
