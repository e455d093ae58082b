local additional = require("wats.report.additional")
local json = require("wats.json")
local report = require("wats.report")

describe("additional data", function()
  it("has text, numbers and booleans as text, by their names in order", function()
    assert.same({
      name = "Cal",
      props = {
        { name = "gain", type = "Number", value = "1.5" },
        { name = "on", type = "Bool", value = "true" },
        { name = "open", type = "Number", value = "NaN" },
        { name = "steps", type = "Number", value = "9007199254740993" },
        { name = "who", type = "String", value = "kari" },
      },
    }, additional.record("Cal", {
      who = "kari", gain = 1.5, on = true, open = 0 / 0, steps = 9007199254740993,
    }))
  end)

  it("has tables as objects and lists as arrays", function()
    local record = additional.record("x", { o = { a = 1 }, l = { 1, 2 }, e = json.array {} })
    local empty, list, object = table.unpack(record.props)
    assert.same({ name = "e", type = "Array",
      array = { dimension = 1, type = "String", indexes = {} } }, empty)
    assert.same({ name = "o", type = "Obj",
      props = { { name = "a", type = "Number", value = "1" } } }, object)
    assert.equal("Number", list.array.type)
    assert.same({ text = "[1]", indexes = { 1 }, value = { type = "Number", value = "2" } },
      list.array.indexes[2])
    local types = {}
    for i, property in ipairs(additional.record("x", {
      a = { 1, "a" }, b = { 1, "a", "a" }, c = { "a", { 1 }, "a" }, d = { true, false },
    }).props) do
      types[i] = property.array.type
    end
    assert.same({ "Obj", "Obj", "Obj", "Bool" }, types)
  end)

  it("says what cannot be kept, and where", function()
    local deep = {}
    deep.deep = deep
    for problem, values in pairs {
      ["x.f must be text, number, boolean or table, got function"] = { f = print },
      ["x.l must be a list without holes: [2] is nil"] = { l = { 1, nil, 3 } },
      ["x.t is not UTF-8"] = { t = "\xFF" },
      ["x must be a table of values by name"] = { 1, 2 },
      ["x.o: the name 5 must be text"] = { o = { [5] = 1, a = 2 } },
    } do
      local record, message = additional.record("x", values)
      assert.is_nil(record)
      assert.equal(problem, message)
    end
    assert.matches("lies too deep$", select(2, additional.record("x", deep)))
    local said = additional.property(1)
    for _ = 1, 30 do said = additional.property(said) end
    assert.matches("lies too deep$", select(2, additional.record("x", { v = said })))
    -- and the deepest that is taken can be written
    local list, taken = { 1 }, nil
    for _ = 1, 60 do
      local record = additional.record("x", { l = list })
      taken = record or taken
      list = { list }
    end
    assert.is_true(#json.encode(taken) > 1000)
  end)

  it("stands beside a report and a step, and survives", function()
    local uut = report.uut({
      part_number = "P", serial_number = "S", revision = "", process_code = 10,
      additional_data = { A = { v = 1 } },
    }, { name = "ICT-01" })
    uut:additional_data("B", { v = 2 })
    local step = uut:action { name = "x", additional_results = { C = { v = 3 }, D = { v = 4 } } }
    assert.equal("C", step.additionalResults[1].name)
    local record = json.decode(uut:to_json())
    assert.same({ "A", "B" }, { record.additionalData[1].name, record.additionalData[2].name })
    assert.equal("4", record.root.steps[1].additionalResults[2].props[1].value)
    assert.is_true(uut:validate())
    assert.has_error(function() uut:additional_data("C", { v = 1 }) end)
  end)
end)
