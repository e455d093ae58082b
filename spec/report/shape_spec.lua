local json = require("wats.json")
local shape = require("wats.report.shape")

local function problem(text)
  return shape.problem(assert(json.decode(text, { nulls = "keep" })))
end

describe("shape.problem", function()
  it("has nothing against reports, whatever else is in them", function()
    for _, text in ipairs {
      '{"type":"T"}', '{"type":"R","id":5,"uut":null}',
      '{"type":"T","root":{"steps":null},"uut":{},"miscInfos":[],"assets":null}',
      '{"type":"T","root":{"steps":[{},{"steps":[{"steps":[]}]}]},"miscInfos":[{}],"x":[5]}',
      '{"type":"T","uur":{},"subUnits":[{"failures":7}]}',
      '{"type":"R","uur":{},"subUnits":[{"failures":[{"attachments":null}]},{"failures":null}]}',
    } do
      assert.is_nil(problem(text), text)
    end
  end)

  for text, expected in pairs {
    ["[]"] = "no object",
    ["5"] = "no object",
    ["null"] = "no object",
    ["{}"] = '"type" is neither "T" nor "R"',
    ['{"type":null}'] = '"type" is neither "T" nor "R"',
    ['{"type":"T","root":5}'] = '"root" is no object',
    ['{"type":"T","uut":[]}'] = '"uut" is no object',
    ['{"type":"R","uur":"x"}'] = '"uur" is no object',
    ['{"type":"T","miscInfos":{}}'] = '"miscInfos" is no list',
    ['{"type":"T","subUnits":"x"}'] = '"subUnits" is no list',
    ['{"type":"T","assets":[{},null]}'] = '"assets[1]" is no object',
    ['{"type":"R","subUnits":[{"failures":7}]}'] = '"subUnits[0].failures" is no list',
    ['{"type":"R","subUnits":[{"failures":[{"attachments":{}}]}]}'] =
      '"subUnits[0].failures[0].attachments" is no list',
    ['{"type":"R","binaryData":[5]}'] = '"binaryData[0]" is no object',
    ['{"type":"T","root":{"steps":{}}}'] = '"root.steps" is no list',
    ['{"type":"T","root":{"steps":[7]}}'] = '"root.steps[0]" is no object',
    ['{"type":"T","root":{"steps":[{},{"steps":[{},[]]}]}}'] =
      '"root.steps[1].steps[1]" is no object',
  } do
    it("finds " .. expected .. " in " .. text, function()
      assert.equal(expected, problem(text))
    end)
  end
end)
