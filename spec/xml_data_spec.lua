-- wats.xml_data: tags in xmlData; all else stays to the byte.

local blamed = require("spec.support.client").blamed
local json = require("wats.json")
local xml_data = require("wats.xml_data")

local BOM = '<BOM xmlns="urn:wsbf" Partnumber="A" Value="no tag">\n'
  .. '<Component Number="1" Value="2"/></BOM>'
local DOCUMENT = '<?xml version="1.0" encoding="utf-16"?>\n<Root >\n  <Site Value="01" />\n'
  .. "  <!-- <No Value='1'/> -->" .. BOM .. "<Date when='>' Value = '2019-01-01 13:55' by=\"x\"/>\n"
  .. '  <Nested><Deep Value="3"/></Nested><Text>words</Text>\n</Root>\n'

describe("wats.xml_data", function()
  local function read(text)
    local list = {}
    for i, tag in ipairs(assert(xml_data.read(text))) do list[i] = tag.key .. "=" .. tag.value end
    return list
  end

  it("reads what has a value, right below the root", function()
    assert.same({ "Site=01", "Date=2019-01-01 13:55" }, read(DOCUMENT))
    for _, none in ipairs { "", "  \n", "<Root/>", "<Root></Root>", json.null } do
      local tags = assert(xml_data.read(none))
      assert.is_true(json.is_array(tags))
      assert.equal(0, #tags)
    end
    assert.same({}, read(nil))
    assert.same({ "a=1" }, read('<root><a value="1"/></root>'))
  end)

  it("tells what it cannot read", function()
    for text, problem in pairs {
      ["<Root>"] = "^xmlData is not XML: line 1", ["<BOM/>"] = 'root "BOM"', ["5"] = "not XML",
    } do
      for _, call in ipairs { xml_data.read,
        function(given) return xml_data.write(given, {}) end } do
        local value, message = call(text)
        assert.is_nil(value)
        assert.matches(problem, message)
      end
    end
    assert.same({ nil, "xmlData is no text" }, { xml_data.read(5) })
    assert.same({ nil, "xmlData is no text" }, { xml_data.write(true, {}) })
  end)

  it("changes the value of a tag and nothing else", function()
    local tags = { { key = "Date", value = "<now> 'n\" ø" } }
    local text = assert(xml_data.write(DOCUMENT, tags, true))
    assert.equal((DOCUMENT:gsub("2019%-01%-01 13:55", "&lt;now&gt; &apos;n&quot; ø")), text)
    assert.same({ "Site=01", "Date=<now> 'n\" ø" }, read(text))
  end)

  it("adds what is not there, behind the rest", function()
    local text = assert(xml_data.write(DOCUMENT, { { key = "New", value = "1" } }, true))
    assert.equal((DOCUMENT:gsub("</Root>", '<New Value="1"/></Root>')), text)
    for from, to in pairs {
      ["<Root/>"] = '<Root><a Value="1"/></Root>',
      ['<Root x="/>"/> '] = '<Root x="/>"><a Value="1"/></Root> ',
      ["<Root></Root>"] = '<Root><a Value="1"/></Root>',
      ["<Root>x</Root >"] = '<Root>x<a Value="1"/></Root >',
      ['<Root><a Value="0"/><b/></Root>'] = '<Root><a Value="1"/><b/></Root>',
      ['<Root><b/></Root>'] = '<Root><b/><a Value="1"/></Root>',
      ['<q:Root xmlns:q="u"/>'] = '<q:Root xmlns:q="u"><a Value="1"/></q:Root>',
    } do
      assert.equal(to, xml_data.write(from, { { key = "a", value = "1" } }, true))
    end
    assert.equal('<Root><a Value="1"/></Root>', xml_data.write(nil, { { key = "a", value = "1" } }))
    assert.equal('<Root><a Value="1"/></Root>',
      xml_data.write(json.null, { { key = "a", value = "1" } }))
  end)

  it("takes away what is not named, unless told to keep it", function()
    local text = assert(xml_data.write(DOCUMENT, { { key = "Site", value = "02" } }))
    assert.same({ "Site=02" }, read(text))
    assert.equal((DOCUMENT:gsub("01\" />", "02\" />"):gsub("<Date.-\"x\"/>", "")), text)
    assert.same({}, read(assert(xml_data.write(DOCUMENT, {}))))
    assert.is_truthy(xml_data.write(DOCUMENT, {}):find(BOM, 1, true))
    local twice = '<Root><a Value="1"/><b Value="2"/><a Value="3"/></Root>'
    assert.equal('<Root><a Value="9"/><b Value="2"/></Root>',
      xml_data.write(twice, { { key = "a", value = "9" } }, true))
  end)

  it("takes tags as a list or by key", function()
    local check = xml_data.check
    assert.same({ { key = "b", value = "2" }, { key = "a", value = "1" } },
      check("f", { { key = "b", value = 2 }, { key = "a", value = "1", change = 1 } }))
    assert.same({ { key = "a", value = "1" }, { key = "b", value = "2" } },
      check("f", { b = "2", a = "1" }))
    assert.is_true(json.is_array(check("f", {})))
  end)

  it("raises at the caller's line for tags that cannot be", function()
    local check = xml_data.check
    assert.equal("f: tags: a table expected, got nil", blamed(function() check("f") end))
    assert.matches("^f: tags: element 1: a table with", blamed(function() check("f", { "a" }) end))
    for _, key in ipairs { "", "a b", "1", "a:b", "bom", "<x" } do
      assert.matches("^f: a tag's key must be a name",
        blamed(function() check("f", { [key] = "" }) end))
    end
    assert.matches("got nil$", blamed(function() check("f", { { value = "1" } }) end))
    assert.equal("f: the value of a must be a string, got boolean",
      blamed(function() check("f", { a = true }) end))
    assert.equal("f: the value of a: XML has no character of code 1",
      blamed(function() check("f", { a = "\1" }) end))
    assert.equal("f: tags: a list with holes: there is no element 2", blamed(function()
      check("f", { { key = "a", value = "" }, nil, { key = "c", value = "" } })
    end))
    assert.equal("f: there are two tags of key a",
      blamed(function() check("f", { { key = "a", value = "" }, { key = "a", value = "" } }) end))
  end)
end)
