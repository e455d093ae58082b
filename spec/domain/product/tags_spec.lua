-- client.product: tags of products and revisions.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.product", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function by_key(tags)
    local values = {}
    for _, tag in ipairs(assert(tags)) do values[tag.key] = tag.value end
    return values
  end

  -- The same methods for both.
  local function of(kind)
    local names = kind == "product" and { "PCBA-100" } or { "PCBA-100", "B" }
    local function method(verb, many)
      local name = ("%s_%s_tag%s"):format(verb, kind, many and "s" or "")
      return function(...)
        local given = table.move(names, 1, #names, 1, {})
        table.move({ ... }, 1, 4, #given + 1, given)
        return client.product[name](client.product, table.unpack(given, 1, #names + 4))
      end
    end
    return { get = method("get", true), set = method("set", true), add = method("add") }
  end

  local function record(kind)
    if kind == "product" then return assert(client.product:get_product("PCBA-100")) end
    return assert(client.product:get_revision("PCBA-100", "B"))
  end

  for _, kind in ipairs { "product", "revision" } do
    describe("tags of a " .. kind, function()
      local tags = of(kind)

      it("are none at first, are set and added", function()
        local none = assert(tags.get())
        assert.is_true(json.is_array(none))
        assert.equal(0, #none)
        local saved = assert(tags.set { Site = "Oslo", Odd = "O'Brien <\"&\n ø>" })
        assert.equal("B", kind == "product" and saved.revisions[2].revision or saved.revision)
        assert.same({ Site = "Oslo", Odd = "O'Brien <\"&\n ø>" }, by_key(tags.get()))
        assert(tags.add("Line", "2"))
        assert(tags.add("Site", "Bergen"))
        assert.same({ Site = "Bergen", Odd = "O'Brien <\"&\n ø>", Line = "2" },
          by_key(tags.get()))
        assert(tags.set { { key = "Line", value = 3 } })
        assert.same({ { key = "Line", value = "3" } }, tags.get())
        assert(tags.set {})
        assert.same({}, tags.get())
      end)

      it("leave everything else as it was", function()
        assert(client.product:update_bom("PCBA-100", "B", { { Number = "R-1", Rev = "A" } }))
        local before = record(kind)
        before.description = "by hand"
        before.xmlData = (before.xmlData or "<Root></Root>")
          :gsub("</Root>", "<!-- kept --><Site Value='1' by='me'/></Root>")
        assert(client.product["update_" .. kind](client.product, before))
        assert(tags.add("Site", "2"))
        local after = record(kind)
        assert.equal((before.xmlData:gsub("Value='1'", "Value='2'")), after.xmlData)
        assert(tags.set {})
        after = record(kind)
        assert.equal((before.xmlData:gsub("<Site.-/>", "")), after.xmlData)
        after.xmlData, before.xmlData, after.tags, before.tags = nil, nil, nil, nil
        assert.same(before, after)
        assert.equal("R-1", assert(client.product:get_bom("PCBA-100", "B"))[1].Number)
      end)

      it("begin with what the server has now, not with what is cached", function()
        assert(tags.get())
        local other = support.connect(box, { cache = false })
        assert(other.product:add_product_tag("PCBA-100", "Theirs", "1"))
        assert(other.product:add_revision_tag("PCBA-100", "B", "Theirs", "1"))
        assert(tags.add("Ours", "2"))
        assert.same({ Theirs = "1", Ours = "2" }, by_key(tags.get()))
      end)

      it("are read from the document where the server does not show them", function()
        local body = json.encode { partNumber = "PCBA-100", revision = "B",
          xmlData = '<Root><a Value="1"/></Root>' }
        local function answer(text)
          assert(box.sandbox:fault { method = "GET", status = 200, body = text,
            headers = { ["Content-Type"] = "application/json" } })
        end
        client = support.connect(box, { cache = false })
        answer(body)
        assert.same({ { key = "a", value = "1" } }, tags.get())
        answer('{"tags":[{"key":"b"},{"key":"c","value":null}],"xmlData":"<Root/>"}')
        assert.same({ { key = "b", value = "" }, { key = "c", value = "" } }, tags.get())
      end)

      it("are not touched in a document that cannot be read", function()
        client = support.connect(box, { cache = false })
        for _, call in ipairs { function() return tags.add("a", "1") end,
          function() return tags.set {} end, tags.get } do
          assert(box.sandbox:fault { method = "GET", status = 200, times = 1,
            body = '{"xmlData":"<Root><a></Root>"}',
            headers = { ["Content-Type"] = "application/json" } })
          local value, err = call()
          assert.is_nil(value)
          assert.equal("decode", err.kind)
          assert.matches("PCBA%-100.*xmlData is not XML: line 1", err.message)
        end
        for _, entry in ipairs(assert(box.sandbox:journal())) do
          assert.equal("GET", entry.method)
        end
      end)

      it("have the error of either request", function()
        for _, method in ipairs { "GET", "PUT" } do
          assert(box.sandbox:fault { method = method, status = 500, body = "" })
          local value, err = tags.add("a", "1")
          assert.is_nil(value)
          assert.same({ "server", method }, { err.kind, err.method })
        end
      end)

      it("raise at the caller's line when they cannot be", function()
        local product = client.product
        local first = { set = product["set_" .. kind .. "_tags"],
          add = product["add_" .. kind .. "_tag"] }
        if kind == "product" then
          assert.matches("^product:set_product_tags: tags: a table expected, got nil",
            blamed(function() first.set(product, "A") end))
          assert.matches("^product:add_product_tag: a tag's key must be a name",
            blamed(function() first.add(product, "A", "a b", "1") end))
          assert.matches("^product:get_product_tags: part_number: ",
            blamed(function() product:get_product_tags() end))
        else
          assert.matches("^product:set_revision_tags: tags: a table expected, got nil",
            blamed(function() first.set(product, "A", "B") end))
          assert.matches("^product:add_revision_tag: the value of a must be a string, got nil",
            blamed(function() first.add(product, "A", "B", "a") end))
          assert.matches("^product:get_revision_tags: revision: ",
            blamed(function() product:get_revision_tags("A") end))
        end
      end)
    end)
  end

  it("has not_found for tags of nothing", function()
    local product = client.product
    for _, call in ipairs {
      function() return product:get_product_tags("none") end,
      function() return product:set_product_tags("none", {}) end,
      function() return product:add_product_tag("none", "a", "1") end,
      function() return product:get_revision_tags("PCBA-100", "Z") end,
      function() return product:set_revision_tags("PCBA-100", "Z", {}) end,
      function() return product:add_revision_tag("none", "A", "a", "1") end,
    } do
      local value, err = call()
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
    end
  end)
end)
