-- wats.xml: reading by lua-expat, writing by hand.

local xml = require("wats.xml")

describe("wats.xml", function()
  describe("read", function()
    it("gives elements, attributes and texts in order", function()
      local root = assert(xml.read('<a x="1" y="&lt;&quot;&#10;ø">one<b/>two<c>three</c></a>'))
      assert.same({ "a", "1", '<"\nø' }, { root.name, root.attributes.x, root.attributes.y })
      assert.same({ "one", "b", "two", "c" }, { root[1], root[2].name, root[3], root[4].name })
      assert.equal("onetwo", xml.text(root))
      assert.equal("three", xml.text(root[4]))
      assert.same({}, root[2].attributes)
    end)

    it("parts names from their namespaces", function()
      local root = assert(xml.read('<q:a xmlns:q="urn:q" q:x="1"><b xmlns="urn:b"/></q:a>'))
      assert.same({ "a", "urn:q", "1" }, { root.name, root.namespace, root.attributes.x })
      assert.same({ "b", "urn:b" }, { root[1].name, root[1].namespace })
      assert.is_nil(assert(xml.read("<a/>")).namespace)
    end)

    it("tells where each element stands, to the byte", function()
      local text = "<?xml version='1.0' encoding='utf-16'?>\n<!-- > --><ø a='>' b=\"/>\">\n"
        .. "<b/><c ></c >x<d><e/></d><f a='/'/></ø>\n"
      local found = {}
      local function visit(node)
        found[#found + 1] = text:sub(node.first, node.last)
        for _, part in ipairs(node) do if type(part) == "table" then visit(part) end end
      end
      visit(assert(xml.read(text)))
      assert.same({ text:match("<ø.*</ø>"), "<b/>", "<c ></c >", "<d><e/></d>", "<e/>",
        "<f a='/'/>" }, found)
    end)

    it("refuses what is no XML, and what would do harm", function()
      local deep = ("<a>"):rep(101) .. ("</a>"):rep(101)
      for text, problem in pairs {
        [""] = "no element found", ["x"] = "line 1, column 1", ["<a>"] = "no element found",
        ["<a/>\n<b/>"] = "line 2", ["<a x=1/>"] = "not well%-formed", ["<a>\xFF</a>"] = "invalid",
        ["<a>&b;</a>"] = "undefined entity", ["<!DOCTYPE a><a/>"] = "document type",
        ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'] = "document type", [deep] = "too deep",
      } do
        local root, message = xml.read(text)
        assert.is_nil(root)
        assert.matches(problem, message)
      end
      assert(xml.read(("<a>"):rep(100) .. ("</a>"):rep(100)))
    end)
  end)

  describe("element", function()
    it("is read back as it was written, whatever the characters", function()
      local odd = "a<b>&\"c'\t\n\r ø \u{1F600} ]]>"
      local text = xml.element("x", { { "v", odd }, { "none", nil }, { "w", "" } }, xml.escape(odd))
      local root = assert(xml.read(text))
      assert.same({ odd, "", odd }, { root.attributes.v, root.attributes.w, xml.text(root) })
      assert.equal('<x v="1"/>', xml.element("x", { { "v", "1" } }))
      assert.equal("<x></x>", xml.element("x", {}, ""))
    end)
  end)

  it("tells what XML cannot hold", function()
    for _, text in ipairs { "", "ø\t\r\n", "\u{FFFD}", "\u{10FFFF}" } do
      assert.is_nil(xml.unfit(text))
    end
    assert.equal("it is not UTF-8", xml.unfit("\xFF"))
    assert.equal("XML has no character of code 0", xml.unfit("a\0"))
    assert.equal("XML has no character of code 27", xml.unfit("\27[0m"))
    assert.is_string(xml.unfit("\u{FFFE}"))
    assert.is_string(xml.unfit("\u{FFFF}"))
  end)

  it("knows the names of elements", function()
    for _, name in ipairs { "a", "_", "A-1.b_c", "Ø" } do assert.is_true(xml.is_name(name)) end
    for _, name in ipairs { "", "1", "-a", "a b", "a:b", "a>", "\xFF", 5, "a\0" } do
      assert.is_false(xml.is_name(name))
    end
    assert.is_false(xml.is_name(nil))
  end)
end)
