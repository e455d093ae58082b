local operations = require("wats.operations")

local function find(key)
  return assert(operations.find(key))
end

-- How many operations there are of the public API, or of the internal one.
local function count(internal)
  local n = 0
  for _, operation in ipairs(operations.list) do
    if operation.internal == internal then n = n + 1 end
  end
  return n
end

-- The families of GETs.
local function families()
  local set = {}
  for _, operation in ipairs(operations.list) do
    if operation.family then set[operation.family] = true end
  end
  return set
end

describe("the operation table", function()
  it("gives each operation to a service of the client", function()
    local names = {}
    for name in pairs(operations.domains) do names[#names + 1] = name end
    table.sort(names)
    assert.equal("analytics app asset auth barcode export manual_inspection process product "
      .. "production report rootcause scim software system workflow", table.concat(names, " "))
    for key, domain in pairs {
      ["GET /api/Product/{partNumber}"] = "product", ["GET /api/App/Processes"] = "process",
      ["GET /api/App/Levels"] = "app", ["GET /api/App/TopFailed"] = "analytics",
      ["GET /api/Asset/Types"] = "asset",
    } do assert.equal(domain, operations.find(key).domain) end
    for _, operation in ipairs(operations.list) do
      if operation.family == "analytics" then
        assert.equal("analytics", operation.domain, operation.key)
      end
    end
  end)

  it("is complete in itself", function()
    assert.same({ 126, 86 }, { count(false), count(true) })
    for _, operation in ipairs(operations.list) do
      assert.equal(operation, find(operation.key))
      assert.matches("^/api/", operation.path)
      assert.equal("boolean", type(operation.idempotent))
      assert.truthy(({ json = 1, xml = 1, multipart = 1, binary = 1, none = 1 })[operation.body])
    end
  end)

  it("says of no media but those of its rows", function()
    for key in pairs(require("wats.operations.media")) do assert.is_table(find(key), key) end
  end)

  it("names the parameters of a template in order", function()
    for _, operation in ipairs(operations.list) do
      local names = {}
      for name in operation.path:gmatch("{(.-)}") do names[#names + 1] = name end
      for i, parameter in ipairs(operation.path_parameters) do
        assert.equal(names[i], parameter.name)
        assert.is_true(parameter.required)
      end
      assert.equal(#names, #operation.path_parameters)
    end
  end)

  it("says of every GET how volatile it is and which family it belongs to", function()
    local known = { reference = true, standard = true, live = true }
    for _, operation in ipairs(operations.list) do
      if operation.method == "GET" then
        assert.truthy(known[operation.volatility], operation.key)
        assert.equal(operation.side_effects, operation.family == nil, operation.key)
        assert.equal(operation.body, "none", operation.key)
      else
        assert.is_nil(operation.volatility, operation.key)
        assert.is_nil(operation.family, operation.key)
      end
    end
  end)

  it("makes stale only families that there are, fewer than the core can hold", function()
    local known, found = families(), 0
    for _ in pairs(known) do found = found + 1 end
    assert.is_true(found < 48)
    for _, operation in ipairs(operations.list) do
      for _, family in ipairs(operation.stale) do
        assert.truthy(known[family], operation.key .. ": " .. family)
      end
    end
  end)

  it("lets no write pass without something stale, and no pure query with", function()
    for _, operation in ipairs(operations.list) do
      local writes = operation.method ~= "GET" and not operation.pure_query
      if writes then assert.is_true(#operation.stale > 0, operation.key) end
      if operation.pure_query then
        assert.truthy(operation.method == "POST" or operation.method == "PUT", operation.key)
        assert.same({}, operation.stale, operation.key)
        assert.is_true(operation.idempotent, operation.key)
      end
    end
  end)

  it("knows the GETs that change something", function()
    local found = {}
    for _, operation in ipairs(operations.list) do
      if operation.side_effects then
        assert.equal("live", operation.volatility)
        assert.is_false(operation.idempotent, operation.key)
        found[#found + 1] = operation.path
      end
    end
    table.sort(found)
    assert.same({
      "/api/Auth/GetToken", "/api/Auth/GetToken/{identifier}", "/api/SCIM/v2/Token",
      "/api/Workflow/EndTest", "/api/Workflow/StartTest",
      "/api/internal/ManualInspection/GetDefinitionCopy/{Id}", "/api/internal/Software/Log",
    }, found)
  end)

  it("repeats only what may be repeated", function()
    for key, idempotent in pairs {
      ["POST /api/Report/WSJF"] = true,
      ["POST /api/Report/WSXF"] = true,
      ["POST /api/App/UutReport"] = true,
      ["PUT /api/Product"] = false,
      ["PUT /api/Products"] = true,
      ["DELETE /api/SCIM/v2/Users/{id}"] = true,
      ["POST /api/Production/SerialNumbers/Take"] = false,
      ["POST /api/Export/Certificate"] = false,
      ["PUT /api/Asset/Count"] = false,
      ["PUT /api/RootCause/Ticket"] = false,
      ["PATCH /api/SCIM/v2/Users/{id}"] = false,
      ["PUT /api/internal/ManualInspection/PutSequence"] = false,
      ["PUT /api/internal/ManualInspection/ValidateMiscInfo"] = true,
    } do
      assert.equal(idempotent, find(key).idempotent, key)
    end
  end)

  it("never caches where a unit stands, whatever a report changes", function()
    for _, key in ipairs {
      "GET /api/Production/UnitVerification",
      "GET /api/Production/Unit/{serialNumber}/{partNumber}",
      "GET /api/Production/Units/Changes", "GET /api/Production/SerialNumbers/ByRange",
      "GET /api/Asset/Status", "GET /api/Report/Query/Header", "GET /api/App/UutReport",
      "GET /api/Workflow/StartTest", "GET /api/App/Version",
    } do
      assert.equal("live", find(key).volatility, key)
    end
    for _, key in ipairs {
      "GET /api/App/Processes", "GET /api/App/Levels", "GET /api/App/ProductGroups",
      "GET /api/Asset/Types", "GET /api/Production/SerialNumbers/Types",
    } do
      assert.equal("reference", find(key).volatility, key)
    end
    assert.equal("standard", find("GET /api/Product/{partNumber}").volatility)
  end)

  it("suits the core's trie of routes", function()
    local core = require("wats.core")
    core.load_operations(operations.list)
    for _, operation in ipairs(operations.list) do
      local path = operation.path:gsub("{.-}", "x")
      local matched = core.match_operation(operation.method, path)
      -- /{assetId} and /{serialNumber} are one shape
      assert.equal(operation.path:gsub("{.-}", "{}"), matched.path:gsub("{.-}", "{}"))
    end
  end)
end)

-- What a write must make stale, with the reads that would lie otherwise.
describe("a success", function()
  local function drops(write, reads)
    local stale = {}
    for _, family in ipairs(find(write).stale) do stale[family] = true end
    for _, read in ipairs(reads) do
      assert.truthy(stale[find("GET " .. read).family], write .. " keeps " .. read)
    end
  end

  local function keeps(write, reads)
    local stale = {}
    for _, family in ipairs(find(write).stale) do stale[family] = true end
    for _, read in ipairs(reads) do
      assert.falsy(stale[find("GET " .. read).family], write .. " drops " .. read)
    end
  end

  it("of a product drops products by every way to them, and nothing of production", function()
    for _, write in ipairs {
      "PUT /api/Product", "PUT /api/Products", "PUT /api/Product/Revision",
      "PUT /api/Products/Revisions",
    } do
      drops(write, {
        "/api/Product/{partNumber}", "/api/Product/{partNumber}/{revision}", "/api/Product/Query",
        "/api/Product/Vendors", "/api/App/ProductGroups",
      })
      keeps(write, { "/api/Production/SerialNumbers", "/api/App/Processes", "/api/App/Levels" })
    end
  end)

  it("of a report drops what is drawn from reports, and no product", function()
    for _, write in ipairs { "POST /api/Report/WSJF", "POST /api/Report/WSXF" } do
      drops(write, {
        "/api/Report/Query/Header", "/api/Report/Query/HeaderByMiscInfo", "/api/Report/Wsjf/{id}",
        "/api/Report/Wsxf/{id}", "/api/Production/UnitVerification", "/api/App/UutReport",
        "/api/Production/Unit/{serialNumber}/{partNumber}", "/api/App/TopFailed",
        "/api/App/WorstYield", "/api/App/RelatedRepairHistory", "/api/Asset/Status",
        "/api/Asset/{serialNumber}", "/api/Product/Query",
      })
      keeps(write, { "/api/Product/{partNumber}", "/api/App/Processes", "/api/Asset/Types" })
    end
  end)

  it("of an asset's state drops the asset", function()
    for _, write in ipairs {
      "PUT /api/Asset/State", "PUT /api/Asset/Count", "DELETE /api/Asset",
    } do
      drops(write, {
        "/api/Asset", "/api/Asset/{serialNumber}", "/api/Asset/Status", "/api/Asset/Log",
        "/api/Asset/SubAssets",
      })
      keeps(write, { "/api/Asset/Types" })
    end
  end)

  it("of a child unit drops what tells of units", function()
    for _, write in ipairs { "POST /api/Production/AddChildUnit", "GET /api/Workflow/EndTest" } do
      drops(write, {
        "/api/Production/CheckChildUnits", "/api/Production/Unit/{serialNumber}/{partNumber}",
        "/api/Production/UnitVerification", "/api/Production/Units/Changes",
      })
    end
  end)

  it("of taking a change off the feed leaves the unit", function()
    drops("DELETE /api/Production/Units/Changes/{id}", { "/api/Production/Units/Changes" })
    keeps("DELETE /api/Production/Units/Changes/{id}", { "/api/Production/UnitVerification" })
  end)

  it("of a patch drops the user", function()
    drops("PATCH /api/SCIM/v2/Users/{id}", {
      "/api/SCIM/v2/Users", "/api/SCIM/v2/Users/{id}", "/api/SCIM/v2/Users/userName={userName}",
    })
  end)
end)

describe("operations.find", function()
  it("names the nearest key", function()
    local operation, message = operations.find("GET /api/Product/{partnumber}")
    assert.is_nil(operation)
    assert.equal('unknown operation "GET /api/Product/{partnumber}"'
      .. ' (did you mean "GET /api/Product/{partNumber}"?)', message)
    assert.equal('unknown operation "GET /api/Nope"', select(2, operations.find("GET /api/Nope")))
  end)
end)

describe("operations.build_path", function()
  local function build(key, params)
    local path, query = operations.build_path(find(key), params)
    return path, query
  end

  it("encodes each path parameter as one segment", function()
    for value, segment in pairs {
      ["PN-1_a.b~c"] = "PN-1_a.b~c",
      ["A/B #1?x"] = "A%2FB%20%231%3Fx",
      ["50%"] = "50%25",
      ["ø"] = "%C3%B8",
      ["."] = "%2E",
      [".."] = "%2E%2E",
      ["..."] = "...",
      ["../x"] = "..%2Fx",
      ["a&b=c+d;e,f:g@h"] = "a%26b%3Dc%2Bd%3Be%2Cf%3Ag%40h",
      ["\r\n\0"] = "%0D%0A%00",
    } do
      assert.equal("/api/Product/" .. segment,
        (build("GET /api/Product/{partNumber}", { partNumber = value })))
    end
    assert.equal("/api/Production/Unit/S1/P%2F1", (build(
      "GET /api/Production/Unit/{serialNumber}/{partNumber}",
      { serialNumber = "S1", partNumber = "P/1" })))
    assert.equal("/api/SCIM/v2/Users/userName=a%40b.com", (build(
      "GET /api/SCIM/v2/Users/userName={userName}", { userName = "a@b.com" })))
  end)

  it("hands the rest over for the query, as text", function()
    local path, query = build("GET /api/Report/Wsjf/{id}",
      { id = "3F2504e0-4f89-11d3-9a0c-0305e82c3301", detailLevel = 7.0,
        includeAttachments = false })
    assert.equal("/api/Report/Wsjf/3F2504e0-4f89-11d3-9a0c-0305e82c3301", path)
    assert.same({ detailLevel = "7", includeAttachments = "false" }, query)
    path, query = build("GET /api/App/Version")
    assert.equal("/api/App/Version", path)
    assert.is_nil(query)
    path, query = build("GET /api/Report/Query/Header", { ["$top"] = 10 })
    assert.equal("/api/Report/Query/Header", path)
    assert.same({ ["$top"] = "10" }, query)
  end)

  it("writes instants and lists as the API wants them", function()
    local _, query = build("GET /api/App/UutReport", { dateFrom = 1769806901.5 })
    assert.same({ dateFrom = "2026-01-30T21:01:41.5Z" }, query)
    _, query = build("GET /api/App/UutReport", { dateFrom = "2017-10-19T10:43:00" })
    assert.same({ dateFrom = "2017-10-19T10:43:00" }, query)
    _, query = build("GET /api/SystemManager/Level", { hierarchy = { "Site", "Line" } })
    assert.same({ hierarchy = { "Site", "Line" } }, query)
    for _, wrong in ipairs { { "Site", nil, "Line" }, { "Site", x = "Line" }, { 1.5 } } do
      assert.is_nil((operations.target(assert(operations.find("GET /api/SystemManager/Level")),
        { hierarchy = wrong })))
    end
  end)

  it("refuses integers that the API has no room for", function()
    local changes = "GET /api/Production/Units/Changes"
    assert(operations.target(find(changes), { maxCount = 2147483647 }))
    assert(operations.target(find(changes), { maxCount = -2147483648 }))
    for _, more in ipairs { 2147483648, -2147483649, math.mininteger } do
      local path, problem = operations.target(find(changes), { maxCount = more })
      assert.is_nil(path)
      assert.matches(('"maxCount" must be integer (of 32 bits), got %d'):format(more), problem, 1,
        true)
    end
  end)

  it("refuses what is no instant, and lists that lose an element", function()
    local calibration = "POST /api/Asset/Calibration"
    for _, none in ipairs { 0 / 0, 1 / 0, -1 / 0, 1e300, 253402300800, -1e13, {}, true } do
      local path, problem = operations.target(find(calibration), { dateTime = none })
      assert.is_nil(path)
      assert.matches('"dateTime" must be datetime, got ', problem)
    end
    for _, text in ipairs { "", "yesterday", "7", "01/30/2026", "2026-1-3" } do
      local path, problem = operations.target(find(calibration), { dateTime = text })
      assert.is_nil(path)
      assert.matches('"dateTime" must be datetime (as in 2026-03-02T05:15:00Z), got '
        .. ("%q"):format(text), problem, 1, true)
    end
    local function level(hierarchy)
      local path, problem = operations.target(find("GET /api/SystemManager/Level"),
        { hierarchy = hierarchy })
      assert.is_nil(path)
      return problem
    end
    for _, none in ipairs { { [1] = "Site", [3] = "Line" }, { site = "Site" }, { true } } do
      assert.matches('"hierarchy" must be array, got table', level(none))
    end
    assert.matches('"hierarchy" is an empty list', level {})
  end)

  it("allows a required parameter of the query to be empty, but none of the path", function()
    local _, query = build("POST /api/Production/AddChildUnit", {
      parentSerialNumber = "p", parentPartNumber = "", childSerialNumber = "c",
      childPartNumber = "", checkPartNumber = "", checkRevision = "",
    })
    assert.equal("", query.checkRevision)
    assert.error_matches(function() build("GET /api/Product/{partNumber}", { partNumber = "" }) end,
      'parameter "partNumber" is empty')
  end)

  it("raises at the caller's line, with the operation and the nearest name", function()
    local function fault(key, params)
      local operation = find(key)
      local line = debug.getinfo(1, "l").currentline + 1
      local ok, message = pcall(function() operations.build_path(operation, params) end)
      assert.is_false(ok)
      local position = "spec/operations_spec.lua:" .. line .. ": "
      assert.equal(position, message:sub(1, #position))
      return message:sub(#position + 1)
    end
    local product = "GET /api/Product/{partNumber}"
    local takes = "; it takes partNumber (string)"
    assert.equal(product .. ': parameter "partNumber" is missing (string)' .. takes, fault(product))
    assert.equal(product .. ': unknown parameter "part_number" (did you mean "partNumber"?)'
      .. takes,
      fault(product, { part_number = "x" }))
    assert.equal(product .. ': parameter "partNumber" must be string, got boolean' .. takes,
      fault(product, { partNumber = true }))
    assert.equal(product .. ': parameter "partNumber" must be string, got 1.5' .. takes,
      fault(product, { partNumber = 1.5 }))
    assert.equal(product .. ": a table of parameters expected, got string", fault(product, "PN-1"))
    assert.equal('GET /api/Report/Query/Header: unknown parameter "top" (did you mean "$top"?)'
      .. "; it takes $filter (string, optional), $top (integer, optional), "
      .. "$skip (integer, optional), $orderby (string, optional), $select (string, optional), "
      .. "$expand (string, optional)",
      fault("GET /api/Report/Query/Header", { top = 5 }))
    assert.equal('GET /api/Production/Units/Changes: parameter "maxCount" is missing (integer)'
      .. "; it takes maxCount (integer)",
      fault("GET /api/Production/Units/Changes", {}))
    assert.equal(
      'GET /api/Production/Units/Changes: parameter "maxCount" must be integer, got string'
      .. "; it takes maxCount (integer)",
      fault("GET /api/Production/Units/Changes", { maxCount = "5" }))
  end)
end)
