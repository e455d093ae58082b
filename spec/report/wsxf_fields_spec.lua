-- wats.report.wsxf_fields: texts of attributes as values, and what has no field.
local fields = require("wats.report.wsxf_fields")
local json = require("wats.json")

local function node(attributes, ...)
  return { name = "N", namespace = "u", line = 1, attributes = attributes, ... }
end

describe("values", function()
  it("that are numbers are read as the server's JSON has them", function()
    for text, expected in pairs {
      ["10"] = 10.0, ["-0"] = -0.0, ["+1.5"] = 1.5, ["1E3"] = 1000.0, ["5e-324"] = 5e-324,
      [" 7 "] = 7.0, ["0.1"] = 0.1, [".5"] = 0.5, ["9007199254740993"] = 9007199254740993,
      ["9007199254740992"] = 2.0 ^ 53, ["123456789012345678901"] = 123456789012345678901.0,
    } do
      assert.equal(("%q"):format(expected), ("%q"):format(fields.number(text)), text)
    end
    for text, expected in pairs {
      ["10"] = 10, ["-17"] = -17, ["+3"] = 3, ["10.0"] = 10, ["1.5"] = 1.5,
      ["9223372036854775807"] = math.maxinteger,
    } do
      local value = fields.integer(text)
      assert.equal(expected, value)
      assert.equal(math.type(expected), math.type(value), text)
    end
  end)

  it("that are none stay text, for validate to name", function()
    assert.equal("Infinity", fields.number "INF")
    assert.equal("-Infinity", fields.number "-INF")
    for _, text in ipairs { "NaN", "inf", "nan", "0x10", "1,5", "1e999", "e5", "--1",
      "1e", "1 2", ".", "five", (" "):rep(500) .. "1" } do
      assert.equal(text, fields.number(text))
      assert.equal(text, fields.integer(text))
    end
    assert.same({ "yes", "TRUE" }, { fields.boolean "yes", fields.boolean "TRUE" })
    assert.equal("Odd", fields.letter { Passed = "P" } "Odd")
    assert.equal("no-uuid", fields.uuid "no-uuid")
  end)

  it("that are empty are none, unless emptiness says something", function()
    for _, name in ipairs { "label", "number", "integer", "boolean", "uuid", "utc" } do
      assert.is_nil(fields[name](""), name)
    end
    assert.equal("", fields.text "")
    assert.is_nil(fields.letter {} "")
  end)

  it("of the other kinds are what they say", function()
    assert.equal("2017-07-07T07:18:24.770Z", fields.utc "2017-07-07T07:18:24.770")
    for _, text in ipairs { "2017-07-07T07:18:24Z", "2017-07-07T07:18:24+02:00", "yesterday" } do
      assert.equal(text, fields.utc(text))
    end
    assert.same({ true, true, false, false }, { fields.boolean "true", fields.boolean "1",
      fields.boolean "false", fields.boolean "0" })
    assert.equal("33a2d408-3fc8-480b-b554-6866c77fd91c",
      fields.uuid "33A2D408-3FC8-480B-B554-6866C77FD91C")
    assert.equal("P", fields.letter { Passed = "P" } "Passed")
  end)
end)

describe("rules", function()
  local RULES = fields.rules({
    { "A|B", "a", fields.integer, null = true }, { "C", "c", fields.label },
  }, "Skip")

  it("name the field, its null, and what is left out", function()
    assert.same({ a = 1, c = "x" }, fields.read(node { A = "1", C = "x", Skip = "9" }, RULES))
    assert.same({ a = 2 }, fields.read(node { B = "2", C = "" }, RULES))
    assert.same({ a = json.null }, fields.read(node {}, RULES))
    assert.same({ a = json.null }, fields.read(node { A = "" }, RULES))
  end)

  it("lose nothing that has no field, nor a second name of one that has", function()
    assert.same({ a = 1, wsxf = { attributes = { B = "2", D = "" } } },
      fields.read(node { A = "1", B = "2", D = "" }, RULES))
  end)
end)

describe("elements in an element", function()
  local READERS = {
    List = fields.listed("list", function(child) return { child.attributes.x } end),
    Once = fields.once("once", function(child) return child.attributes.x end),
    Text = fields.text_element("text"),
    Refused = function() return false end,
  }
  local function child(name, attributes, ...)
    return { name = name, namespace = "u", line = 1, attributes = attributes or {}, ... }
  end

  it("go to the reader of their name, all else is kept", function()
    local record = {}
    fields.each(node({}, child("List", { x = "1" }), " \n ", child("List", { x = "2" }),
      child("Once", { x = "3" }), child("Once", { x = "4" }), child("Text", {}, "a", "b"), "stray",
      child("Text", {}, "c"), child("Refused"), child("Odd", {}, " ", child("In"), "t")),
      record, READERS)
    assert.same({ { "1" }, { "2" } }, record.list)
    assert.is_true(json.is_array(record.list))
    assert.same({ "3", "ab", "stray" }, { record.once, record.text, record.wsxf.text })
    local kept = record.wsxf.elements
    assert.same({ "Once", "Text", "Refused", "Odd" },
      { kept[1].name, kept[2].name, kept[3].name, kept[4].name })
    assert.same({ { name = "In", namespace = "u" }, "t" }, kept[4].content)
  end)

  it("of another namespace are none of the format's", function()
    local record = {}
    local other = child("Once", { x = "1" })
    other.namespace = "v"
    fields.each(node({}, other), record, READERS)
    assert.is_nil(record.once)
    assert.equal("v", record.wsxf.elements[1].namespace)
  end)

  it("that hold text and more than that are kept whole", function()
    local record = { text = json.null }
    fields.each(node({}, child("Text", { a = "1" }, "x"), child("Text", {}, "y", child("In")),
      child("Text", {})), record, READERS)
    assert.equal(json.null, record.text)
    assert.equal(2, #record.wsxf.elements)
  end)
end)
