-- client.product: product groups, vendors, categories.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.product", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function names(list, field)
    local result = {}
    for i, record in ipairs(assert(list)) do result[i] = record[field] end
    table.sort(result)
    return result
  end

  describe("product groups", function()
    local function groups_of(...)
      return names(client.product:get_groups_for_product(...), "productGroupName")
    end

    it("are listed", function()
      assert.same({ "Power", "Radio" }, names(client.product:get_groups(), "productGroupName"))
    end)

    it("take products by filters", function()
      local odd = "A/B #1?x O'Brien ø"
      assert.same({}, groups_of(odd))
      assert.is_true(client.product:add_product_group_filter("Power", odd))
      assert(client.product:add_product_group_filter("Radio", odd, { revision = "R/1" }))
      assert.same({ "Power", "Radio" }, groups_of(odd))
      assert.same({ "Power", "Radio" }, groups_of(odd, "R/1"))
      assert.same({ "Power" }, groups_of(odd, "B"))
      assert(client.product:add_product_group_filter("Power", odd,
        { revision = "B", exclude = true }))
      assert.same({}, groups_of(odd, "B"))
      assert.same({ "Power", "Radio" }, groups_of(odd))
      assert(client.product:add_product_group_filter("Power", odd, { exclude = true }))
      assert.same({ "Radio" }, groups_of(odd))
    end)

    it("must be there", function()
      local value, err = client.product:add_product_group_filter("none", "A")
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
      assert.equal("[]", json.encode(client.product:get_groups_for_product("none")))
    end)

    it("raise at the caller's line for wrong arguments", function()
      local product = client.product
      assert.matches("^product:add_product_group_filter: product_group: ",
        blamed(function() product:add_product_group_filter() end))
      assert.matches("^product:add_product_group_filter: part_number: ",
        blamed(function() product:add_product_group_filter("Power") end))
      assert.matches('unknown option "rev"',
        blamed(function() product:add_product_group_filter("Power", "A", { rev = "A" }) end))
      assert.matches('option "exclude" must be boolean',
        blamed(function() product:add_product_group_filter("Power", "A", { exclude = 1 }) end))
      assert.matches("^product:get_groups_for_product: part_number: ",
        blamed(function() product:get_groups_for_product("") end))
      assert.matches('"revision" must be string',
        blamed(function() product:get_groups_for_product("A", {}) end))
    end)

    it("have the server's error", function()
      assert(box.sandbox:fault { status = 500, body = "", times = 0 })
      for _, call in ipairs {
        function() return client.product:get_groups() end,
        function() return client.product:get_groups_for_product("A") end,
        function() return client.product:add_product_group_filter("Power", "A") end,
        function() return client.product:get_vendors() end,
        function() return client.product:save_vendor("A") end,
        function() return client.product:delete_vendor("A") end,
        function() return client.product:get_product_categories() end,
        function() return client.product:save_product_categories { { Name = "A" } } end,
      } do
        local value, err = call()
        assert.is_nil(value)
        assert.equal("server", err.kind)
      end
    end)
  end)

  describe("vendors", function()
    local function vendors() return names(client.product:get_vendors(), "VendorName") end

    it("are added and removed by name", function()
      assert.same({}, vendors())
      assert.is_true(client.product:save_vendors { "O'Brien", { VendorName = "Å/B #1?x" } })
      assert.is_true(client.product:save_vendor("Third"))
      assert(client.product:save_vendor("Third"))
      assert.same({ "O'Brien", "Third", "Å/B #1?x" }, vendors())
      assert.is_true(client.product:delete_vendor("O'Brien"))
      assert(client.product:delete_vendors { { VendorName = "Third" } })
      assert.same({ "Å/B #1?x" }, vendors())
    end)

    it("have not_found for one that is not there, and lose no other", function()
      assert(client.product:save_vendor("A"))
      local value, err = client.product:delete_vendors { "A", "none" }
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
      assert.same({ "A" }, vendors())
    end)

    it("raise at the caller's line for what is no list of names", function()
      local product = client.product
      assert.matches("^product:save_vendors: vendors: a list of names expected, got nil",
        blamed(function() product:save_vendors() end))
      assert.matches("is a list with holes: 2 of 3",
        blamed(function() product:save_vendors { "A", nil, "C" } end))
      assert.matches("it has the key Name",
        blamed(function() product:save_product_categories { Name = "A" } end))
      assert.matches("got an empty table", blamed(function() product:delete_vendors {} end))
      for _, wrong in ipairs { "", " ", 5, {}, { name = "A" }, { VendorName = 1 } } do
        assert.matches("^product:save_vendors: vendors: element 1: a name",
          blamed(function() product:save_vendors { wrong } end))
        assert.matches("^product:save_vendor: ", blamed(function() product:save_vendor(wrong) end))
        assert.matches("^product:delete_vendor: ",
          blamed(function() product:delete_vendor(wrong) end))
      end
      assert.matches("^product:save_vendor: ", blamed(function() product:save_vendor() end))
    end)
  end)

  describe("categories", function()
    it("are listed, added and changed, and products show it", function()
      assert.same({ "PCBA", "Power", "Radio" },
        names(client.product:get_product_categories(), "Name"))
      assert.is_true(client.product:save_product_categories { { Name = "New", Description = "d" } })
      local list = assert(client.product:get_product_categories())
      assert.same({ "New", "PCBA", "Power", "Radio" }, names(list, "Name"))
      assert.equal("PCBA", client.product:get_product("PCBA-100").productCategoryName)
      for _, category in ipairs(list) do
        if category.Name == "PCBA" then category.Name = "Board ø" end
      end
      assert(client.product:save_product_categories(list))
      assert.equal("Board ø", client.product:get_product("PCBA-100").productCategoryName)
      assert(client.product:create_product { partNumber = "X", productCategoryName = "Another" })
      assert.equal(5, #client.product:get_product_categories())
    end)

    it("are refused when two have one name, or an id is unknown", function()
      for _, list in ipairs { { { Name = "PCBA" } }, { { Name = "A" }, { Name = "A" } },
        { { Name = "A", ProductCategoryId = "00000000-0000-0000-0000-000000000000" } } } do
        local value, err = client.product:save_product_categories(list)
        assert.is_nil(value)
        assert.equal("invalid", err.kind)
      end
      assert.equal(3, #client.product:get_product_categories())
    end)

    it("raise at the caller's line for what is no list of them", function()
      local product = client.product
      assert.matches("^product:save_product_categories: categories must be a list, got nil",
        blamed(function() product:save_product_categories() end))
      assert.matches("categories: element 2: a table with a Name expected",
        blamed(function() product:save_product_categories { { Name = "A" }, {} } end))
    end)
  end)
end)
