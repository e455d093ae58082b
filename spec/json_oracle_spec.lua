-- wats.json beside lua-cjson, and on real reports.

local cjson = require("cjson")
local files = require("spec.support.files")
local json = require("wats.json")

local read_file = files.read

describe("beside lua-cjson", function()
  local oracle = cjson.new()
  oracle.encode_number_precision(14)
  oracle.encode_max_depth(300)
  oracle.decode_max_depth(300)

  local words = { "", "a", "Power", "3V3 rail", "é", "😀", 'say "hi"', "back\\slash", "tab\t",
    "nul\0", "x/y", ("long "):rep(30) }

  local function random_value(depth)
    local kind = math.random(depth > 4 and 5 or 8)
    if kind == 1 then return words[math.random(#words)] end
    if kind == 2 then return math.random(-(1 << 46), 1 << 46) // (1 << math.random(0, 40)) end
    if kind == 3 then return math.random(-100000, 100000) / 1000 end
    if kind == 4 then return math.random(2) == 1 end
    if kind == 5 then return json.null end
    local size, value = math.random(0, 6), {}
    if kind == 6 then
      for i = 1, size do value[i] = random_value(depth + 1) end
      return json.array(value)
    end
    for _ = 1, size do
      value[words[math.random(#words)] .. math.random(9)] = random_value(depth + 1)
    end
    return value
  end

  -- lua-cjson of either flavour may hand out floats for integers, and forgets what was an array.
  local function equal(ours, theirs)
    if type(ours) == "number" then return type(theirs) == "number" and ours == theirs end
    if type(ours) ~= "table" then return ours == theirs end
    if type(theirs) ~= "table" then return false end
    for key, value in pairs(ours) do
      if not equal(value, theirs[key]) then return false end
    end
    for key in pairs(theirs) do
      if ours[key] == nil then return false end
    end
    return true
  end

  it("reads and writes thousands of random documents alike", function()
    for _ = 1, 3000 do
      local value = random_value(0)
      local text = json.encode(value)
      local theirs = oracle.decode("[" .. text .. "]")[1]
      assert(equal(value, theirs), text)
      assert(equal(json.decode(text, { nulls = "keep" }), theirs), text)
      assert(equal(json.decode(oracle.encode({ value }), { nulls = "keep" })[1], value), text)
    end
  end)

  it("lets the same one of equal keys count", function()
    for _ = 1, 1000 do
      local members = {}
      for i = 1, math.random(2, 40) do
        members[i] = ('"%s%d":%d'):format(("key"):rep(math.random(12)), math.random(30), i)
      end
      local text = "{" .. table.concat(members, ",") .. "}"
      assert(equal(json.decode(text), oracle.decode(text)), text)
    end
  end)

  it("never takes a damaged document otherwise than lua-cjson does", function()
    local taken = 0
    for _ = 1, 3000 do
      local text = json.encode { random_value(0) }
      local at = math.random(#text)
      text = text:sub(1, at - 1) .. string.char(math.random(0, 255))
        .. text:sub(at + math.random(0, 1))
      local ours = json.decode(text, { nulls = "keep" })
      local ok, theirs = pcall(oracle.decode, text)
      if ours ~= nil then
        assert.is_true(ok, text)
        assert(equal(ours, theirs), text)
        taken = taken + 1
      end
    end
    assert.is_true(taken > 100)
  end)
end)

describe("reports of a server", function()
  -- The tokens of a JSON text, each number in its shortest form.
  local function tokens(text)
    local list = {}
    local at = 1
    while at <= #text do
      local token = text:match('^"[^"\\]*"', at) or text:match("^[%[%]{}:,]", at)
        or text:match("^[%w.+-]+", at)
      if not token then
        local stop = at + 1
        while text:sub(stop, stop) ~= '"' do
          stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
        end
        token = text:sub(at, stop)
      end
      at = at + #token
      if token:match("^[%d-]") then token = json.encode(json.decode(token)) end
      if token:match('^"') then token = "string " .. json.decode(token) end
      list[#list + 1] = token
    end
    return list
  end

  -- Members may change places: those of each object are put in the order of their names.
  local function canonical(text)
    local list, at = tokens(text), 1
    local function value()
      local token = list[at]
      at = at + 1
      if token ~= "{" and token ~= "[" then return token end
      local close, parts = token == "{" and "}" or "]", {}
      while list[at] ~= close do
        if list[at] == "," then at = at + 1 end
        local name = ""
        if token == "{" then
          name = list[at] .. ":"
          at = at + 2
        end
        parts[#parts + 1] = name .. value()
      end
      at = at + 1
      if token == "{" then table.sort(parts) end
      return token .. table.concat(parts, ",") .. close
    end
    return value(), #list
  end

  for _, name in ipairs { "uut_export.json", "uur_example.json" } do
    it(name .. " is written as it was read", function()
      local text = read_file("../shared/wats/samples/" .. name)
      if not text then
        pending("../shared/wats/samples is not here")
        return
      end
      local compact, count = canonical(text)
      local value = assert(json.decode(text, { nulls = "keep" }))
      local again, again_count = canonical(json.encode(value))
      assert.equal(count, again_count)
      assert.is_true(count > 50)
      assert.equal(compact, again)
    end)
  end
end)
