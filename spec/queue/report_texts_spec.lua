local formats = require("wats.queue.formats")
local json = require("wats.json")
local report = require("wats.report")
local report_texts = require("wats.queue.report_texts")

local function endless() while true do end end -- luacheck: ignore 542

local ENDLESS = { __index = endless, __len = endless, __pairs = endless, __name = "endless" }

local function built()
  local uut = report.uut({ part_number = "PN", serial_number = "SN", revision = "A",
    process_code = 10 }, { name = "S", location = "", purpose = "" })
  uut:pass_fail { name = "LED", passed = true }
  return uut
end

local function record()
  local uut = built()
  uut:finish()
  return uut.record
end

local function texts_of(value)
  local file = formats.file({ path = "/x", name = "x", size = 1, modified = 0, content = "x" }, 9)
  local ok, texts, problem = pcall(report_texts.of, { keeps_ids = false }, file, value)
  if not ok then return nil, texts end
  return texts, problem
end

describe("the texts of what a format returned", function()
  it("are one for each report, built, as a record or as text", function()
    local texts = assert(texts_of { built(), record(), json.encode(record()) })
    assert.equal(3, #texts)
    local ids = {}
    for _, text in ipairs(texts) do ids[json.decode(text).id] = true end
    assert.equal(3, #assert(texts_of(json.array(texts))))
    local count = 0
    for _ in pairs(ids) do count = count + 1 end
    assert.equal(3, count)
    assert.equal(1, #assert(texts_of(record())))
  end)

  it("do not wait for a metamethod of the list", function()
    local texts = assert(texts_of(setmetatable({ built() }, ENDLESS)))
    assert.equal(1, #texts)
    assert.same({ nil, "it holds no report" }, { texts_of(json.array {}) })
  end)

  it("do not wait for one in a record either: it is refused", function()
    local PROBLEM = "report 1: a table in it has a metatable"
    local wrong = record()
    setmetatable(wrong.root.steps[1], ENDLESS)
    assert.same({ nil, PROBLEM }, { texts_of { wrong } })
    assert.same({ nil, PROBLEM }, { texts_of { setmetatable(record(), ENDLESS) } })
    assert.same({ nil, PROBLEM }, { texts_of { setmetatable({}, ENDLESS) } })
    local open = built()
    open.record.uut = setmetatable({}, ENDLESS)
    assert.same({ nil, PROBLEM }, { texts_of(open) })
  end)

  it("cannot be made of a record within itself, nor of other values", function()
    local wrong = record()
    wrong.root.steps[1].steps = json.array { wrong.root }
    local _, problem = texts_of { wrong }
    assert.matches("^report 1: it is not valid: ", problem)
    local unknown = built() -- where nobody judges
    unknown.record.custom = { inner = {} }
    unknown.record.custom.inner.outer = unknown.record.custom
    _, problem = texts_of { unknown }
    assert.matches("^report 1: cannot write as JSON: a table within itself", problem)
    assert.same({ nil, "report 1: a report, its record or its text expected, got number" },
      { texts_of { 5 } })
  end)
end)
