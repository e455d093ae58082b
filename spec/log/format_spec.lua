-- One line for each entry, whatever it holds.

local cjson = require("cjson")
local errors = require("wats.errors")
local format = require("wats.log.format")
local json = require("wats.json")

local TIME = 1769806901.25

describe("an entry as a line", function()
  it("for people has time, level, message and fields in order", function()
    assert.equal("2026-01-30T21:01:41.250Z warn  it broke  a=1 b=x c=\"two words\" d=0.5 e=true",
      format.text("warn", "it broke", { time = TIME, b = "x", a = 1, c = "two words", d = 0.5,
        e = true }))
    assert.equal("2026-01-30T21:01:42.000Z info  plain",
      format.text("info", "plain", { time = 1769806901.9999 }))
    assert.equal("2026-01-30T21:01:41.250Z debug x (repeated 3 times)  a=1",
      format.text("debug", "x", { time = TIME, a = 1, repeated = 3 }))
  end)

  it("for machines is an object", function()
    local line = format.json("warn", 'say "x"\n', { time = TIME, a = 1, level = "mine",
      message = "too", bytes = { sent = 1, received = 2 }, list = json.array { 1, 2 },
      empty = json.array {}, repeated = 3 })
    assert.equal([[{"time":"2026-01-30T21:01:41.250Z","level":"warn","message":"say \"x\"\n",]]
      .. [["a":1,"bytes":{"received":2,"sent":1},"empty":[],"level_":"mine","list":[1,2],]]
      .. [["message_":"too","repeated":3}]], line)
    assert.equal("mine", cjson.decode(line).level_)
  end)

  it("comes of anything", function()
    local circle = {}
    circle.me = circle
    local many = {}
    for i = 1, 1000 do many["k" .. i] = i end
    local fields = { time = TIME, nan = 0 / 0, inf = math.huge, minus = -math.huge, circle = circle,
      fn = print, bad = "a\xffb", long = ("ø"):rep(5000), many = many, null = json.null,
      err = errors.new { kind = "timeout", message = "late" }, [1] = "not by name", [{}] = 1,
      raising = setmetatable({}, { __tostring = function() error("no") end }),
      ["bad\xffname"] = 1, holes = json.array { 1, nil, 3 }, lines = "a\nb" }
    for _, form in ipairs { format.text, format.json } do
      local line = form("error", "m\xff\n", fields)
      assert.falsy(line:find("[\r\n]"))
      assert.is_true(#line < 20000)
      assert.truthy(utf8.len(line))
      assert.truthy(line:find("timeout: late", 1, true))
      assert.falsy(line:find("not by name", 1, true))
    end
    local value = cjson.decode(format.json("error", "x", fields))
    assert.same({ "nan", "inf", "-inf", "a?b" }, { value.nan, value.inf, value.minus, value.bad })
    assert.equal(4096, #value.long)
    assert.equal("table", value.raising)
  end)
end)
