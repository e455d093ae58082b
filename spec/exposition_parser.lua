-- A strict reader of Prometheus' text format 0.0.4 and of OpenMetrics 1.0.0, written from the
-- formats' descriptions and knowing nothing of the writer. Whatever is not exactly as they say
-- raises with the line.

local M = {}

local TYPES = { counter = true, gauge = true, histogram = true }

local function fail(state, message)
  error(("line %d: %s: %s"):format(state.number, message, state.line), 0)
end

---Reads `"..."` at `at`; only \\, \" and \n may be escaped.
local function read_quoted(state, at)
  local parts = {}
  if state.line:sub(at, at) ~= '"' then fail(state, "no quote at " .. at) end
  at = at + 1
  while true do
    local plain = state.line:match('^[^"\\]*', at)
    parts[#parts + 1] = plain
    at = at + #plain
    local c = state.line:sub(at, at)
    if c == '"' then return table.concat(parts), at + 1 end
    local escaped = ({ ["\\"] = "\\", ['"'] = '"', n = "\n" })[state.line:sub(at + 1, at + 1)]
    if c ~= "\\" or not escaped then fail(state, "bad escape or no end of text") end
    parts[#parts + 1] = escaped
    at = at + 2
  end
end

local function read_labels(state, at)
  local labels, names = {}, {}
  if state.line:sub(at, at) ~= "{" then return labels, names, at end
  at = at + 1
  while true do
    local name, next_at = state.line:match("^([%a_][%w_]*)=()", at)
    if not name then fail(state, "no label at " .. at) end
    if labels[name] then fail(state, "label twice: " .. name) end
    labels[name], at = read_quoted(state, next_at)
    names[#names + 1] = name
    local c = state.line:sub(at, at)
    at = at + 1
    if c == "}" then return labels, names, at end
    if c ~= "," then fail(state, "no comma behind a label") end
  end
end

local function read_number(state, text)
  if text == "NaN" then return 0 / 0 end
  if text == "+Inf" then return math.huge end
  if text == "-Inf" then return -math.huge end
  local mantissa, exponent = text:match("^%-?(%d+%.?%d*)(.*)$")
  if not mantissa or mantissa:sub(-1) == "." then fail(state, "no number: " .. text) end
  if exponent ~= "" and not exponent:match("^e[+-]?%d+$") then fail(state, "bad exponent") end
  -- "-0" must not become an integer.
  return tonumber(text:find("[.e]") and text or text .. ".0")
end

local function key_of(name, labels, names, without)
  local parts = { name }
  for _, label in ipairs(names) do
    if label ~= without then
      parts[#parts + 1] = ("%s=%q"):format(label, labels[label])
    end
  end
  return table.concat(parts, ";")
end

---The family's samples by the suffix that they may have.
local function check_name(state, family, name)
  local suffix = name:sub(1, #family.name) == family.name and name:sub(#family.name + 1)
  local allowed = { [""] = true }
  if family.type == "histogram" then
    allowed = { _bucket = true, _sum = true, _count = true }
  elseif family.type == "counter" and state.openmetrics then
    allowed = { _total = true }
  end
  if not allowed[suffix] then fail(state, "sample of another family") end
  return suffix
end

local function read_sample(state)
  local family = state.family
  local name, at = state.line:match("^([%a_:][%w_:]*)()")
  if not name then fail(state, "no name") end
  if not family or not family.type then fail(state, "sample before TYPE") end
  local sample = { name = name, suffix = check_name(state, family, name) }
  sample.labels, sample.names, at = read_labels(state, at)
  local text = state.line:match("^ (%S+)$", at)
  if not text then fail(state, "one space and a number expected") end
  sample.value = read_number(state, text)
  local key = key_of(name, sample.labels, sample.names)
  if state.seen[key] then fail(state, "series twice") end
  state.seen[key] = true
  if family.type == "counter" and (sample.value < 0 or sample.value ~= sample.value) then
    fail(state, "counter below 0 or NaN")
  end
  family.samples[#family.samples + 1] = sample
end

local function unescape_help(state, text)
  local quotes = state.openmetrics
  return (text:gsub("\\(.?)", function(c)
    if c == "n" then return "\n" end
    if c == "\\" or (c == '"' and quotes) then return c end
    fail(state, "bad escape in HELP")
  end))
end

local function read_comment(state)
  local kind, name, rest = state.line:match("^# (%u+) ([%a_:][%w_:]*) (.*)$")
  if kind == "HELP" then
    if state.families[name] then fail(state, "family twice") end
    if state.openmetrics and rest:gsub("\\.", ""):find('"', 1, true) then
      fail(state, "bare quote in HELP")
    end
    state.family = { name = name, help = unescape_help(state, rest), samples = {} }
    state.families[name] = state.family
    state.order[#state.order + 1] = name
  elseif kind == "TYPE" then
    if not state.family or state.family.name ~= name then fail(state, "TYPE without HELP") end
    if state.family.type then fail(state, "TYPE twice") end
    if not TYPES[rest] then fail(state, "unknown type") end
    state.family.type = rest
  else
    fail(state, "neither HELP nor TYPE")
  end
end

---One histogram child from its samples: buckets ascending, +Inf last and equal to the count.
local function check_bucket(group, sample, openmetrics)
  local le = sample.labels.le
  assert(le, "bucket without le")
  assert(not (group.sum or group.count), "bucket behind sum or count")
  assert(not openmetrics or le == "+Inf" or le:find("[.e]"), "bound is no float: " .. le)
  local bound = le == "+Inf" and math.huge or assert(tonumber(le), "bound is no number")
  local last = group.buckets[#group.buckets]
  assert(not last or (last.le < bound and last.count <= sample.value), "buckets do not ascend")
  group.buckets[#group.buckets + 1] = { le = bound, count = sample.value }
end

local function check_histogram(family, openmetrics)
  local groups, order = {}, {}
  for _, sample in ipairs(family.samples) do
    local key = key_of("", sample.labels, sample.names, "le")
    local group = groups[key]
    if not group then
      group = { labels = sample.labels, buckets = {} }
      groups[key] = group
      order[#order + 1] = group
    end
    assert(order[#order] == group, "histogram's lines are not together")
    if sample.suffix == "_bucket" then
      check_bucket(group, sample, openmetrics)
    else
      assert(not sample.labels.le, "le where it does not belong")
      group[sample.suffix == "_sum" and "sum" or "count"] = sample.value
    end
  end
  for _, group in ipairs(order) do
    local last = group.buckets[#group.buckets]
    assert(last and last.le == math.huge, "no bucket +Inf")
    assert((group.sum == nil) == (group.count == nil), "sum or count is missing")
    assert(group.count == last.count or openmetrics and not group.count, "count is not +Inf's")
  end
  family.histograms = order
end

---@param text string a whole page
---@param openmetrics? boolean
---@return table families by name: { name, type, help, samples, histograms }
---@return string[] order their names as they came
function M.parse(text, openmetrics)
  local state = { families = {}, order = {}, seen = {}, number = 0, openmetrics = openmetrics }
  assert(utf8.len(text), "not UTF-8")
  if openmetrics then
    local body = text:match("^(.*)# EOF\n$")
    text = assert(body, "no EOF")
  end
  assert(text == "" or text:sub(-1) == "\n", "no newline at the end")
  for line in text:gmatch("([^\n]*)\n") do
    state.number, state.line = state.number + 1, line
    if line:sub(1, 1) == "#" then read_comment(state) else read_sample(state) end
  end
  for _, family in pairs(state.families) do
    assert(family.type and #family.samples > 0, "family without type or samples")
    if family.type == "histogram" then check_histogram(family, openmetrics) end
  end
  return state.families, state.order
end

return M
