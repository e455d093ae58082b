-- wats.xml_stream: documents child by child, and what stops a reader.

local xml_stream = require("wats.xml_stream")

local function read(text, stop)
  local seen = { children = {} }
  local ok, problem = xml_stream.read(text, {
    open = function(root)
      seen.root = root
      return stop == "open" and "not this root" or nil
    end,
    close = function(child)
      seen.children[#seen.children + 1] = child
      return stop == #seen.children and "not this child" or nil
    end,
  })
  return ok, problem, seen
end

describe("wats.xml_stream", function()
  it("hands over the root as it opens and each child when it is complete", function()
    local ok, problem, seen = read('<q:r xmlns:q="urn:q" a="1" q:b="2" xml:lang="en">\n '
      .. '<x c="&lt;"/>' .. "\n\n <y>t<z><w/></z>u<![CDATA[<v>]]></y></q:r>")
    assert.is_true(ok, problem)
    assert.same({ "r", "urn:q", 1 }, { seen.root.name, seen.root.namespace, seen.root.line })
    assert.same({ a = "1" }, seen.root.attributes)
    assert.equal(0, #seen.root) -- its children are not held
    local x, y = table.unpack(seen.children)
    assert.same({ "x", 2, { c = "<" }, 0 }, { x.name, x.line, x.attributes, #x })
    assert.is_nil(x.namespace)
    assert.same({ "y", 4, "t", "z", "w", "u<v>", 3 },
      { y.name, y.line, y[1], y[2].name, y[2][1].name, y[3], #y })
  end)

  it("keeps an empty element's attributes apart from the next one's", function()
    local _, _, seen = read("<r><a x='1'/><a/><a y='2'/></r>")
    assert.same({ { x = "1" }, {}, { y = "2" } }, { seen.children[1].attributes,
      seen.children[2].attributes, seen.children[3].attributes })
  end)

  it("stops where its user says so, and hears nothing more", function()
    local ok, problem, seen = read("<r>\n<a/><b/></r>", "open")
    assert.is_nil(ok)
    assert.equal("line 1, column 1: not this root", problem)
    assert.equal(0, #seen.children)
    ok, problem, seen = read("<r>\n <a/><b/><c/></r>", 2)
    assert.is_nil(ok)
    assert.matches("^line 2, column %d+: not this child$", problem)
    assert.equal(2, #seen.children)
  end)

  it("takes what no document may hold for what it is", function()
    for text, message in pairs {
      [""] = "no element found", ["<r>"] = "no element found", ["<r><a></r>"] = "mismatched tag",
      ["<r/><r/>"] = "junk after document element", ["<r a='1' a='2'/>"] = "duplicate attribute",
      ["<r>&x;</r>"] = "undefined entity", ["<!DOCTYPE r><r/>"] = "a document type is not taken",
      ["<q:r/>"] = "unbound prefix", [("<a>"):rep(101)] = "elements stand too deep",
    } do
      local ok, problem = read(text)
      assert.is_nil(ok, text)
      assert.matches("^line %d+, column %d+: ", problem)
      assert.truthy(problem:find(message, 1, true), problem)
    end
    assert.is_true(read(("<a>"):rep(100) .. ("</a>"):rep(100)))
  end)

  it("reads what Windows calls ANSI, when it is declared", function()
    local head = '<?xml version="1.0" encoding="Windows-1252" standalone="yes"?><r><a>'
    local ok, problem, seen = read(head .. "\x80 \x9F \xB5 \xFF" .. "</a></r>")
    assert.is_true(ok, problem)
    assert.equal("\u{20AC} \u{178} \u{B5} \u{FF}", seen.children[1][1])
    ok, problem = read(head .. "\x81</a></r>")
    assert.is_nil(ok)
    assert.matches("line 1, column %d+: not well%-formed", problem)
    -- said elsewhere it is no declaration
    assert.is_nil((read('<r><a>\x80</a><?xml encoding="windows-1252"?></r>')))
    assert.is_nil((read('<r a=\'encoding="windows-1252"\'><b>\x80</b></r>')))
  end)

  it("takes whole characters of UTF-16 only", function()
    local function wide(units, little)
      local text = little and "\xFF\xFE" or "\xFE\xFF"
      for _, unit in ipairs { 0x3C, 0x72, 0x3E, 0x3C, 0x61, 0x3E, table.unpack(units) } do
        text = text .. string.pack(little and "<I2" or ">I2", unit)
      end
      for letter in ("</a></r>"):gmatch(".") do
        text = text .. (little and letter .. "\0" or "\0" .. letter)
      end
      return read(text)
    end
    for _, little in ipairs { true, false } do
      -- letters whose other byte looks like half of a pair are no such thing
      local ok, problem, seen = wide({ 0xD8, 0xDC, 0xD83D, 0xDD0C, 0xD7 }, little)
      assert.is_true(ok, problem)
      assert.equal("\u{D8}\u{DC}\u{1F50C}\u{D7}", seen.children[1][1])
      local halves = { { 0xD83D, 0x41 }, { 0xDD0C }, { 0xD83D }, { 0xD83D, 0xD83D, 0xDD0C } }
      for _, units in ipairs(halves) do
        ok, problem = wide(units, little)
        assert.is_nil(ok)
        assert.matches("^byte %d+: half of a UTF%-16 pair$", problem)
      end
    end
  end)

  it("has no children when the root stands alone", function()
    local ok, _, seen = read("<r>  text  </r>")
    assert.is_true(ok)
    assert.same({}, seen.children)
  end)
end)
