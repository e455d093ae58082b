-- Random registries, written in each format and read back by independent readers.
local cjson = require "cjson"
local metrics = require "wats.metrics"
local parser = dofile("spec/exposition_parser.lua")

local SPECIAL = { 0.0, -0.0, 1 / 3, 1e-7, 1e300, -2.5, 5e-324, 2 ^ 53, 2 ^ 63, 0.1, 1e21 }
local PIECES = { "a", "Z9", "\\", '"', "\n", "\r", "\t", "{", "}", ",", "=", " ", "#", "å", "€",
  "😀", "\xff", "\xc3", "\xed\xa0\x80", "\0", "\x7f", "le" }

local function pick(list) return list[math.random(#list)] end

local function random_text()
  local parts = {}
  for i = 1, math.random(0, 6) do parts[i] = pick(PIECES) end
  return table.concat(parts)
end

-- What must come out for bytes that went in: each byte that is not part of a UTF-8 character
-- becomes U+FFFD.
local function cleaned(text)
  local out, at = {}, 1
  while at <= #text do
    local character = text:match("^" .. utf8.charpattern, at)
    if character and utf8.len(character) == 1 then
      out[#out + 1] = character
      at = at + #character
    else
      out[#out + 1] = "\u{FFFD}"
      at = at + 1
    end
  end
  return table.concat(out)
end

local function same(a, b)
  return a == b and (a ~= 0 or 1 / a == 1 / b) or (a ~= a and b ~= b)
end

local function random_number()
  local kind = math.random(4)
  if kind == 1 then return math.random(0, 1000) end
  if kind == 2 then return pick(SPECIAL) end
  if kind == 3 then return math.random(-100000, 100000) / 100 end
  return (math.random() - 0.5) * 10.0 ^ math.random(-30, 30)
end

local function fill_counter(counter, labels, expected)
  local n = math.abs(random_number())
  counter:inc(n, labels)
  expected.value = n
end

local function fill_gauge(gauge, labels, expected)
  local value = pick { random_number(), random_number(), 0 / 0, math.huge, -math.huge }
  gauge:set(value, labels)
  expected.value = value
end

local function fill_histogram(histogram, labels, expected, bounds)
  expected.buckets, expected.sum, expected.count = {}, 0.0, math.random(0, 20)
  for i = 1, #bounds + 1 do expected.buckets[i] = 0 end
  for _ = 1, expected.count do
    local value = pick { pick(bounds), math.random(0, 4000) / 64 }
    histogram:observe(value, labels)
    expected.sum = expected.sum + value
    for i, bound in ipairs(bounds) do
      if value <= bound then expected.buckets[i] = expected.buckets[i] + 1 end
    end
    expected.buckets[#bounds + 1] = expected.buckets[#bounds + 1] + 1
  end
  if expected.count == 0 then histogram:labels(labels) end
end

-- Sums of multiples of 1/64 are exact, in whatever order they are added.
local BOUNDS = { { 0.5, 1, 20 }, { 0.015625 }, { 0, 0.25, 10, 50.5, 1e6 } }
local FILL = { counter = fill_counter, gauge = fill_gauge, histogram = fill_histogram }

---@return table registry
---@return table expected families by name: { type, help, children by key }
local function random_registry()
  local reg, expected = metrics.new(), {}
  for number = 1, math.random(1, 6) do
    local kind = pick { "counter", "gauge", "histogram" }
    local name = ("m%d:x_%s"):format(number, kind == "counter" and "total" or "s")
    local help, bounds = random_text():gsub("%z", ""), pick(BOUNDS)
    local metric = reg[kind](reg, name, help, { "a", "b_2" },
      kind == "histogram" and { buckets = bounds } or nil)
    local children = {}
    for _ = 1, math.random(0, 5) do
      local labels = { a = random_text(), b_2 = random_text() }
      local key = cleaned(labels.a) .. "\1" .. cleaned(labels.b_2)
      if not children[key] then
        children[key] = {}
        FILL[kind](metric, labels, children[key], bounds)
      end
    end
    expected[name] = { type = kind, help = cleaned(help), children = children, bounds = bounds }
  end
  return reg, expected
end

local function count(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n
end

local function check_histogram(expected, group)
  for i, bound in ipairs(expected.bounds) do
    assert.equal(bound, group.buckets[i].le)
  end
  local child = expected.children[group.labels.a .. "\1" .. group.labels.b_2]
  for i, bucket in ipairs(group.buckets) do
    assert.equal(child.buckets[i], bucket.count)
  end
  assert.equal(child.sum, group.sum)
  assert.equal(child.count, group.count)
end

local function check_text(reg, expected, openmetrics)
  local families, order = parser.parse(reg:render(openmetrics and "openmetrics" or nil),
    openmetrics)
  local names = {}
  for name, family in pairs(expected) do
    local children = count(family.children)
    local shown = families[openmetrics and name:gsub("_total$", "") or name]
    assert.equal(children == 0, shown == nil)
    if shown then
      names[#names + 1] = name
      assert.equal(family.type, shown.type)
      assert.equal(family.help, shown.help)
      assert.equal(children, #(shown.histograms or shown.samples))
      for _, group in ipairs(shown.histograms or {}) do check_histogram(family, group) end
      for _, sample in ipairs(shown.histograms and {} or shown.samples) do
        local child = family.children[sample.labels.a .. "\1" .. sample.labels.b_2]
        assert.truthy(same(child.value, sample.value))
      end
    end
  end
  table.sort(names)
  for i, name in ipairs(names) do names[i] = openmetrics and name:gsub("_total$", "") or name end
  assert.same(names, order)
end

local function from_json(value)
  return ({ NaN = 0 / 0, ["+Inf"] = math.huge, ["-Inf"] = -math.huge })[value] or value
end

local function check_json(reg, expected)
  local page = cjson.decode(reg:render("json"))
  local shown = 0
  for _, family in ipairs(page.families) do
    local wanted = expected[family.name]
    assert.equal(wanted.type, family.type)
    assert.equal(wanted.help, family.help)
    assert.equal(count(wanted.children), #family.metrics)
    shown = shown + #family.metrics
    for _, metric in ipairs(family.metrics) do
      local child = wanted.children[metric.labels.a .. "\1" .. metric.labels.b_2]
      if child.buckets then
        for _, bucket in ipairs(metric.buckets) do bucket.le = from_json(bucket.le) end
        check_histogram(wanted, metric)
      else
        assert.truthy(same(child.value, from_json(metric.value)))
      end
    end
  end
  for _, family in pairs(expected) do shown = shown - count(family.children) end
  assert.equal(0, shown)
end

describe("exposition", function()
  math.randomseed(20240501)

  it("of random registries is read back whole, in each format", function()
    for _ = 1, 150 do
      local reg, expected = random_registry()
      check_text(reg, expected, false)
      check_text(reg, expected, true)
      check_json(reg, expected)
    end
  end)

  it("of one moment is the same each time", function()
    local reg = random_registry()
    for _, format in ipairs { "prometheus", "openmetrics", "json" } do
      assert.equal(reg:render(format), reg:render(format))
    end
  end)

  it("would not pass the reader if it were wrong", function()
    local head, histogram = "# HELP m h\n# TYPE m gauge\n", "# HELP m h\n# TYPE m histogram\n"
    for _, bad in ipairs {
      "m 1\n", head, head .. "m 1", head .. "m  1\n", head .. "m 1\nm 2\n", head .. "n 1\n",
      head .. 'm{a="\\t"} 1\n', head .. "m{} 1\n", head .. "m 0x1\n", head .. "m inf\n",
      head .. 'm{a="x",a="y"} 1\n', head .. "m 1\n" .. head .. "m 2\n", head .. "\nm 1\n",
      "# HELP m h\n# TYPE m counter\nm -1\n",
      histogram .. 'm_bucket{le="1"} 2\nm_sum 1\nm_count 2\n',
      histogram .. 'm_bucket{le="+Inf"} 2\nm_sum 1\nm_count 1\n',
      histogram .. 'm_bucket{le="1"} 2\nm_bucket{le="+Inf"} 1\nm_sum 1\nm_count 1\n',
    } do
      assert.is_false((pcall(parser.parse, bad)), bad)
    end
    assert.truthy(parser.parse(head .. "m 1\n"))
    assert.is_false((pcall(parser.parse, head .. "m 1\n", true)))
  end)
end)
