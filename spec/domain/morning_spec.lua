-- A station's morning, counted: for each of 100 units it looks up the process, the product, the
-- revision, the unit, and the unit's last report: 500 look-ups. What the server is asked for them
-- stands in the sandbox's journal.

local needs = require("spec.support.needs")
local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.client")
local cjson = require("cjson")

local UNITS, PRODUCTS = 100, 5

describe("500 look-ups of a morning", function()
  local box, morning, naive

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  -- What each unit is: every product has two revisions.
  local function plan()
    local list = {}
    for i = 1, UNITS do
      list[i] = { serial_number = ("SN-%03d"):format(i), revision = i % 2 == 0 and "A" or "B",
        part_number = ("O'Brien/%d"):format(i % PRODUCTS), process = i % 10 == 0 and 50 or 100 }
    end
    return list
  end

  local function prepare(client)
    local products, units, reports = {}, {}, {}
    for i = 1, PRODUCTS do
      products[i] = { partNumber = ("O'Brien/%d"):format(i - 1), name = "Board " .. i,
        revisions = { { revision = "A" }, { revision = "B" } } }
    end
    for i, unit in ipairs(morning) do
      units[i] = { serialNumber = unit.serial_number, partNumber = unit.part_number,
        revision = unit.revision }
      reports[i] = cjson.encode(sandboxes.report { sn = unit.serial_number,
        pn = unit.part_number, rev = unit.revision })
    end
    assert(box.sandbox:seed { products = products, reports = reports })
    assert(client.production:create_units(units))
  end

  setup(function()
    box = support.sandbox()
    morning = plan()
    local client <close> = support.connect(box)
    prepare(client)
  end)
  teardown(function() box:stop() end)

  local KINDS = {
    { "processes", "^/api/App/Processes$" }, { "units", "^/api/Production/Unit/" },
    { "headers", "^/api/Report/Query/Header$" }, { "lists", "^/api/Product/Query$" },
    { "revisions", "^/api/Product/[^/]+/[^/]+$" }, { "products", "^/api/Product/[^/]+$" },
  }

  local function kind_of(path)
    for _, kind in ipairs(KINDS) do
      if path:find(kind[2]) then return kind[1] end
    end
    return "other"
  end

  -- Runs it and counts what the server was asked: by kind, and `all`.
  local function counted(options, fn)
    local client <close> = support.connect(box, options)
    assert(box.sandbox:clear_journal())
    local found = fn(client)
    local counts = { all = 0 }
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      local kind = kind_of(entry.path)
      counts[kind] = (counts[kind] or 0) + 1
      counts.all = counts.all + 1
    end
    return counts, found
  end

  -- What was found, as one comparable value for each unit.
  local function told(process, product, revision, unit, header)
    return table.concat({ process.name, product.name, product.partNumber, revision.revision,
      unit.serialNumber, unit.partNumber, header.serialNumber, header.uuid }, "|")
  end

  local function one_by_one(client)
    local found = {}
    for i, look in ipairs(morning) do
      local headers = assert(client.report:query_headers {
        filter = { serialNumber = look.serial_number }, top = 1 })
      found[i] = told(assert(client.process:get_process(look.process)),
        assert(client.product:get_product(look.part_number)),
        assert(client.product:get_revision(look.part_number, look.revision)),
        assert(client.production:get_unit(look.serial_number, look.part_number)), headers[1])
    end
    return found
  end

  local function column(name)
    local list = {}
    for i, look in ipairs(morning) do list[i] = look[name] end
    return list
  end

  local function revision_of(product, name)
    for _, revision in ipairs(product.revisions) do
      if revision.revision == name then return revision end
    end
  end

  -- Newest report of each unit: 50 serial numbers in one query.
  local function headers_of(client, serial_numbers)
    local by_serial = {}
    for first = 1, #serial_numbers, 50 do
      local few = table.move(serial_numbers, first, first + 49, 1, {})
      for _, header in ipairs(assert(client.report:query_headers {
        filter = { serialNumber = few } })) do
        by_serial[header.serialNumber] = by_serial[header.serialNumber] or header
      end
    end
    return by_serial
  end

  local function together(client)
    local products, errs = client.product:get_many(column("part_number"))
    assert(not errs)
    local pairs_of_names = {}
    for i, look in ipairs(morning) do
      pairs_of_names[i] = { look.serial_number, look.part_number }
    end
    local units
    units, errs = client.production:get_many(pairs_of_names)
    assert(not errs)
    local headers = headers_of(client, column("serial_number"))
    local processes, found = {}, {}
    for _, process in ipairs(assert(client.process:get_processes())) do
      processes[process.code] = process
    end
    for i, look in ipairs(morning) do
      found[i] = told(processes[look.process], products[i],
        revision_of(products[i], look.revision), units[i], headers[look.serial_number])
    end
    return found
  end

  it("are 500 requests without a cache", function()
    local counts
    counts, naive = counted({ cache = false }, one_by_one)
    assert.same({ all = 500, processes = 100, products = 100, revisions = 100, units = 100,
      headers = 100 }, counts)
    assert.matches("^End of line test|Board 2|O'Brien/1|B|SN%-001|", naive[1])
  end)

  it("are 216 with one: what stands is asked once, what is live each time", function()
    local counts, found = counted(nil, one_by_one)
    assert.same({ all = 216, processes = 1, products = 5, revisions = 10, units = 100,
      headers = 100 }, counts)
    assert.same(naive, found)
  end)

  it("are 108 with get_many and filters, with no cache at all", function()
    local counts, found = counted({ cache = false }, together)
    assert.same({ all = 108, processes = 1, products = 5, units = 100, headers = 2 }, counts)
    assert.same(naive, found)
    assert.is_true(500 / counts.all > 4)
  end)

  it("leave 300 that can be had in 2, as far as they are not live", function()
    local counts, products = counted({ cache = false }, function(client)
      assert(client.process:get_processes())
      local by_name = {}
      local rows = client.product:get_many(column("part_number"), { view = true })
      for i = 1, rows.n do by_name[rows[i].partNumber] = rows[i] end
      return by_name
    end)
    assert.same({ all = 2, processes = 1, lists = 1 }, counts)
    assert.equal("Board 3", products["O'Brien/2"].name)
  end)

  it("page through all headers, with a request for each page", function()
    local counts, seen = counted({ cache = false }, function(client)
      local by_serial = {}
      for header in client.report:headers { page_size = 40,
        filter = { serialNumber = column("serial_number") }, select = { "serialNumber" } } do
        by_serial[header.serialNumber] = (by_serial[header.serialNumber] or 0) + 1
      end
      return by_serial
    end)
    assert.same({ all = 3, headers = 3 }, counts)
    for _, look in ipairs(morning) do assert.equal(1, seen[look.serial_number]) end
  end)

  it("are what a trace warns of when they go one by one, and not when they go together", function()
    local client <close> = support.connect(box, { cache = false })
    local trace = client:capture(one_by_one, client)
    local routes = {}
    for _, warning in ipairs(trace.warnings) do routes[#routes + 1] = warning.route end
    table.sort(routes)
    -- five products and ten revisions are no loop over many
    assert.same({ "/api/Production/Unit/{serialNumber}/{partNumber}", "/api/Report/Query/Header" },
      routes)
    assert.same({}, client:capture(together, client).warnings)
  end)
end)
