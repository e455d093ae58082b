local errors = require("wats.errors")
local json = require("wats.json")
local report = require("wats.report")

-- Every value of a document, by path: numbers as their shortest text.
local function flatten(value, path, out)
  if type(value) == "table" then
    out[path .. "/"] = "container"
    for key, element in pairs(value) do flatten(element, path .. "/" .. tostring(key), out) end
  else
    out[path] = value == json.null and "null" or type(value) == "number" and json.encode(value)
      or tostring(value)
  end
  return out
end

local function values(text)
  return flatten(assert(json.decode(text, { nulls = "keep" })), "", {})
end

describe("report.parse", function()
  local TEXT = '{"type":"T","id":"33a2d408-3fc8-480b-b554-6866c77fd91c","pn":"P","sn":"S","rev":"",'
    .. '"processCode":10,"result":"P","machineName":"M","location":"","purpose":"",'
    .. '"start":"2026-01-30T22:01:41.4707353+01:00","futureField":{"a":[1,null,[]]},'
    .. '"uut":{"user":null,"execTimeFormat":"0.0"},"miscInfos":null,'
    .. '"root":{"id":1,"group":"M","stepType":"WATS_SeqCall","name":"r","status":"P",'
    .. '"seqCall":{"path":null,"name":null,"version":null},"interactiveExeNum":3,'
    .. '"steps":[{"id":7,"group":"M","stepType":"X","name":"u","status":"U","loop":{"idx":0}}]}}'

  it("keeps unknown fields, nulls and empty lists through an edit", function()
    local parsed = assert(report.parse(TEXT))
    local before = values(TEXT)
    parsed.record.sn = "S2"
    parsed:misc("Note", "edited")
    local after = values(parsed:to_json())
    before["/sn"], before["/miscInfos"] = "S2", nil
    before["/miscInfos/"], before["/miscInfos/1/"] = "container", "container"
    before["/miscInfos/1/description"], before["/miscInfos/1/text"] = "Note", "edited"
    assert.same(before, after)
    assert.truthy(parsed:to_json():find('[1,null,[]]', 1, true))
  end)

  it("goes on numbering where the report ended, and lets new failures climb", function()
    local parsed = assert(report.parse(TEXT))
    assert.equal("P", parsed.result)
    local step = parsed.root:numeric { name = "again", value = 1, low = 2 }
    assert.equal(8, step.id)
    parsed.root:numeric { name = "and again", value = 3, low = 2 }
    assert.equal("F", parsed:finish())
    assert.equal("F", parsed.record.root.status)
    assert.equal(8, parsed.record.uut.stepIdCausedUUTFailure)
  end)

  it("judges nothing anew that it was not asked to", function()
    -- the step of unknown end stays beside the result that the server knows
    assert.equal("P", assert(report.parse(TEXT)):finish())
    -- a failure whose cause nobody marked stays so
    local failed = TEXT:gsub('"result":"P"', '"result":"F"'):gsub('"status":"U"', '"status":"F"')
    assert.same(values(failed), values(assert(report.parse(failed)):to_json()))
  end)

  it("hands back what the world got wrong", function()
    for text, message in pairs {
      [""] = "^not JSON: ", ["{"] = "^not JSON: ", ['{"type":"T"} x'] = "^not JSON: ",
      ['{"type":"T","pn":"\xFF"}'] = "^not JSON: ",
      ["[]"] = "^this is no report: no object$",
      ['[{"type":"T"}]'] = "^this is no report: no object$",
      ["5"] = "^this is no report: no object$", ["null"] = "^this is no report: no object$",
      ["false"] = "^this is no report: no object$", ['"T"'] = "^this is no report: no object$",
      ["{}"] = '^this is no report: "type" is neither "T" nor "R"$',
      ['{"type":"X"}'] = '^this is no report: "type" is neither "T" nor "R"$',
      ['{"type":"T","root":[]}'] = '^this is no report: "root" is no object$',
    } do
      local parsed, err = report.parse(text)
      assert.is_nil(parsed, text)
      assert.is_true(errors.is_error(err), text)
      assert.equal("decode", err.kind, text)
      assert.is_false(err.retryable, text)
      assert.matches(message, err.message, nil, nil, text)
      assert.equal("decode: " .. err.message, tostring(err))
    end
  end)

  it("takes no silence for a pass", function()
    local function finished(rest)
      return assert(report.parse('{"type":"T",' .. rest .. "}")):finish()
    end
    assert.equal("F", finished '"root":{"id":1,"steps":[{"id":2,"status":"F"}]}')
    assert.equal("F", finished '"root":{"id":1,"status":null,"steps":[{"id":2}]}')
    assert.equal("E",
      finished '"root":{"id":1,"steps":[{"id":2,"steps":[{"id":3,"status":"E"}]}]}')
    assert.equal("P", finished '"root":{"id":1,"steps":[{"id":2,"status":"P"}]}')
    assert.equal("F", finished '"root":{"id":1,"status":"F","steps":[]}')
  end)

  it("can be told how a repair report ended, and what it never knew", function()
    local parsed = assert(report.parse('{"type":"R","result":"P"}'))
    assert.equal("F", parsed:finish { result = "F" })
    assert.is_nil(assert(report.parse('{"type":"R"}')):finish())
    parsed = assert(report.parse('{"type":"T","uut":null,"root":{"id":1,"status":"P"}}'))
    parsed:finish { error_code = 7 }
    assert.same({ errorCode = 7 }, parsed.record.uut)
  end)

  it("changes nothing by telling what it is", function()
    local text = '{"type":"T","root":{"id":1,"name":null}}'
    local parsed = assert(report.parse(text))
    assert.equal('wats.sequence: "' .. tostring(json.null) .. '", 0 steps', tostring(parsed.root))
    assert.same({ id = 1, name = json.null }, parsed.record.root)
  end)

  it("raises when it is not handed text", function()
    local ok, message = pcall(function() report.parse(nil) end)
    assert.is_false(ok)
    assert.matches("init_spec.lua:%d+: bad argument #1 to 'parse' %(string expected, got nil%)$",
      message)
  end)

  it("has no steps to add to in a repair report", function()
    local parsed = assert(report.parse('{"type":"R","id":"x"}'))
    assert.is_nil(parsed.root)
    local ok, message = pcall(function() parsed:action("a") end)
    assert.is_false(ok)
    assert.matches("init_spec.lua:%d+: action: this report has no steps: it is a repair report$",
      message)
  end)
end)
