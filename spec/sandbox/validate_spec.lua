-- What the sandbox refuses before any handler sees it: a wrong request must fail a test.

local ID <const> = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
local cjson = require("cjson")
local operations = require("wats.operations")
local raw_http = require("spec.support.raw_http")
local sandboxes = require("spec.support.sandbox")
local servers = require("wats.sandbox.server")
local validate = require("wats.sandbox.validate")

describe("validate.check", function()
  -- The answer of a route's check to a request made of these parts.
  local function check(method, template, request)
    request.headers, request.body = request.headers or {}, request.body or ""
    if request.body ~= "" and request.headers["content-type"] == nil then
      request.headers["content-type"] = "application/json"
    end
    local reply = validate.check(method, template)(request, request.values or {})
    return reply, request
  end

  -- The texts for one field.
  local function fault(field, method, template, request)
    local reply = assert(check(method, template, request))
    assert.equal(400, reply.status)
    local answer = cjson.decode(reply.body)
    assert.equal("The request is invalid.", answer.Message)
    return assert(answer.ModelState[field], reply.body)[1]
  end

  local function passes(method, template, request)
    local reply = check(method, template, request)
    assert.is_nil(reply, reply and reply.body)
    return request
  end

  local CHANGES = "/api/Production/Units/Changes"

  it("is there for each operation, and for nothing else", function()
    for _, operation in ipairs(operations.list) do
      assert.is_function(validate.check(operation.method, operation.path))
    end
    assert.is_function(validate.check("GET", "/API/asset/{anything}"))
    assert.error_matches(function() validate.check("GET", "/api/Nothing") end,
      "the operation table has no GET /api/Nothing")
  end)

  it("names a parameter that is not known, and the nearest one", function()
    assert.equal("The parameter 'maxcuont' is not known (did you mean \"maxCount\"?).",
      fault("maxcuont", "GET", CHANGES, { query = "maxCount=1&maxcuont=2" }))
    assert.matches("not known", fault("x", "GET", "/api/App/Version", { query = "x=1" }))
    assert.matches("not known", fault("", "GET", "/api/App/Version", { query = "=" }))
  end)

  it("names one that is there twice, where it is no list", function()
    assert.equal("The parameter 'MAXCOUNT' is there twice.",
      fault("MAXCOUNT", "GET", CHANGES, { query = "maxCount=1&MAXCOUNT=1" }))
    assert.same({ "a", "b" }, passes("GET", "/api/SystemManager/Level",
      { query = "hierarchy=a&hierarchy=b" }).query.hierarchy)
  end)

  it("names one that is missing", function()
    assert.equal("The maxCount parameter is required (integer).",
      fault("maxCount", "GET", CHANGES, {}))
    assert.matches("required", fault("maxCount", "GET", CHANGES, { query = "" }))
  end)

  it("compares names without case, and hands values on decoded", function()
    local request = passes("GET", CHANGES, { query = "MAXCOUNT=5" })
    assert.same({ maxcount = "5" }, request.query)
    request = passes("GET", "/api/SystemManager/Level",
      { query = "hierarchy=a+b&Hierarchy=%C3%B8" })
    assert.same({ hierarchy = { "a b", "ø" } }, request.query)
    assert.same({}, passes("GET", "/api/App/Version", {}).query)
  end)

  it("refuses values of the wrong type, in the query and in the path", function()
    for _, text in ipairs { "x", "", "1.5", "1e3", "2147483648", "99999999999", "0x10", " 1" } do
      assert.equal(("The value '%s' is not valid for Int32."):format(text),
        fault("maxCount", "GET", CHANGES, { query = "maxCount=" .. text:gsub(" ", "%%20") }))
    end
    for _, text in ipairs { "0", "-1", "2147483647", "%2B7" } do
      passes("GET", CHANGES, { query = "maxCount=" .. text })
    end
    local processes = "/api/App/Processes"
    assert.matches("Boolean", fault("includeWipOperations", "GET", processes,
      { query = "includeWipOperations=1" }))
    passes("GET", processes, { query = "includeWipOperations=False" })
    local reports = "/api/App/UutReport"
    for _, text in ipairs { "yesterday", "2026-02-30", "1769806901", "" } do
      assert.matches("DateTime", fault("dateFrom", "GET", reports, { query = "dateFrom=" .. text }))
    end
    for _, text in ipairs { "2026-02-28", "2026-02-28T10:00:00",
      "2026-02-28T10:00:00.5%2B01:00" } do
      passes("GET", reports, { query = "dateFrom=" .. text })
    end
    local barcode = "/api/BarcodeIdentifiers/BarcodeIdentifier/{id}"
    assert.matches("Int32", fault("id", "DELETE", barcode, { values = { "A" } }))
    passes("DELETE", barcode, { values = { "12" } })
    assert.matches("UTF%-8", fault("partNumber", "GET", "/api/Product/{partNumber}",
      { values = { "\xff" } }))
  end)

  it("takes a uuid with its hyphens, in either case", function()
    for _, id in ipairs { ID, ID:upper() } do
      passes("GET", "/api/RootCause/Ticket", { query = "ticketId=" .. id })
    end
    for _, id in ipairs { "x", (ID:gsub("-", "")), "{" .. ID .. "}", ID .. "A" } do
      assert.matches("not valid for Guid",
        fault("ticketId", "GET", "/api/RootCause/Ticket", { query = "ticketId=" .. id }))
    end
  end)

  it("takes integers of 64 bits where the API does", function()
    local log, headers = "/api/internal/Software/Log", { referer = "http://x" }
    local of_package = "packageId=" .. ID
    passes("GET", log, { headers = headers, query = of_package .. "&downloadSize=1099511627776" })
    assert.matches("Int64", fault("downloadSize", "GET", log,
      { headers = headers, query = of_package .. "&downloadSize=99999999999999999999" }))
  end)

  it("tells all faults at once", function()
    local reply = check("GET", "/api/App/TopFailed", { query = "days=x&other=1&partNumber=" })
    local state = cjson.decode(reply.body).ModelState
    local names = {}
    for name in pairs(state) do names[#names + 1] = name end
    table.sort(names)
    assert.equal("count days levelId other processCode productGroupId", table.concat(names, " "))
  end)

  it("wants a Referer for internal calls", function()
    local template = "/api/internal/Process/GetProcesses"
    assert.matches("required", fault("Referer", "GET", template, {}))
    assert.matches("required", fault("Referer", "GET", template, { headers = { referer = "" } }))
    passes("GET", template, { headers = { referer = "http://127.0.0.1" } })
  end)

  describe("of a body", function()
    local XML = { ["content-type"] = "application/xml; charset=utf-8" }

    it("wants one where the operation takes one, and none elsewhere", function()
      assert.equal("A body is required (json).", fault("body", "PUT", "/api/Product", {}))
      assert.equal("A body is required (xml).", fault("body", "POST", "/api/Report/WSXF", {}))
      assert.matches("takes no body", fault("body", "GET", "/api/App/Version", { body = "{}" }))
      assert.matches("takes no body",
        fault("body", "PUT", "/api/Asset/State", { query = "state=1", body = "{}" }))
      passes("PUT", "/api/Asset/State", { query = "state=1" })
    end)

    it("wants the type that fits", function()
      local product = "/api/Product"
      for _, kind in ipairs { "text/plain", "application/x-www-form-urlencoded", "application/xml",
        "application/jsonp", "" } do
        local text = fault("Content-Type", "PUT", product,
          { body = "{}", headers = { ["content-type"] = kind } })
        assert.matches("'" .. kind .. "' is not supported", text, 1, true)
        assert.matches("takes application/json", text, 1, true)
      end
      for _, kind in ipairs { "application/json", "Application/JSON; charset=utf-8",
        "text/json" } do
        passes("PUT", product, { body = "{}", headers = { ["content-type"] = kind } })
      end
      assert.matches("application/xml",
        fault("Content-Type", "POST", "/api/Report/WSXF", { body = "<Reports/>" }))
      passes("POST", "/api/SCIM/v2/Users", { body = "{}",
        headers = { ["content-type"] = "application/scim+json" } })
    end)

    it("reads JSON once, and wants the right kind of it", function()
      assert.same({ a = 1 }, passes("PUT", "/api/Product", { body = '{"a":1}' }).json)
      assert.same({}, passes("PUT", "/api/Products", { body = " []" }).json)
      assert.equal("The body must be a JSON array.",
        fault("body", "PUT", "/api/Products", { body = "{}" }))
      assert.equal("The body must be a JSON object.",
        fault("body", "PUT", "/api/Product", { body = "[]" }))
      assert.equal("The body must be a JSON object.",
        fault("body", "PUT", "/api/Product", { body = "null" }))
      local xaml = "/api/internal/ManualInspection/PutTestSequenceDefinitionXaml"
      local headers = { referer = "http://x", ["content-type"] = "application/json" }
      assert.equal("The body must be a JSON string.",
        fault("body", "PUT", xaml, { query = "definitionId=" .. ID,
        body = "{}", headers = headers }))
      passes("PUT", xaml, { query = "definitionId=" .. ID, body = '"<x/>"', headers = headers })
    end)

    it("tells in plain text what is no JSON at all", function()
      for _, body in ipairs { "{", "a", "\xff" } do
        local reply = check("PUT", "/api/Product", { body = body })
        assert.equal(400, reply.status)
        assert.matches("text/plain", reply.headers["Content-Type"], 1, true)
      end
    end)

    it("wants XML where it is XML", function()
      for _, body in ipairs { "{}", "<", "text <a/>" } do
        assert.equal("The body is not XML.",
          fault("body", "PUT", "/api/Product/BOM", { body = body, headers = XML }))
      end
      passes("PUT", "/api/Product/BOM", { body = "\xEF\xBB\xBF<?xml?>\n<BOM/>\n", headers = XML })
    end)

    it("takes a form apart", function()
      local headers = { ["content-type"] = "multipart/form-data; boundary=b" }
      local body = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n1'
        .. "\r\n--b--"
      local request = passes("POST", "/api/RootCause/Attachment",
        { body = body, headers = headers })
      assert.same({ { name = "file", filename = "x", body = "1" } }, request.parts)
      assert.matches("boundary is not in it",
        fault("body", "POST", "/api/RootCause/Attachment", { body = "x", headers = headers }))
      assert.matches("no parts",
        fault("body", "POST", "/api/RootCause/Attachment", { body = "--b--", headers = headers }))
      assert.matches("names no boundary", fault("body", "POST", "/api/RootCause/Attachment",
        { body = body, headers = { ["content-type"] = "multipart/form-data" } }))
      assert.matches("multipart/form%-data",
        fault("Content-Type", "POST", "/api/RootCause/Attachment", { body = "{}" }))
    end)

    it("takes any bytes where it is a file", function()
      local request = { query = "assetId=a&filename=f", body = "\0\xff",
        headers = { referer = "x", ["content-type"] = "image/png" } }
      passes("POST", "/api/internal/Blob/Asset", request)
    end)
  end)
end)

describe("a sandbox's server", function()
  it("refuses before the handler, after the token and the route", function()
    local server = servers.new("t")
    local seen = 0
    server.router:add("PUT", "/api/Asset/State", function()
      seen = seen + 1
      return { status = 200, headers = {}, body = "true" }
    end)
    local function status(query, authorization)
      return server:handle({ method = "PUT", path = "/api/asset/STATE", query = query, body = "",
        headers = { authorization = authorization or "Basic t" } }).status
    end
    assert.equal(400, status("state=x"))
    assert.equal(401, status("state=x", "Basic u"))
    assert.equal(0, seen)
    assert.equal(200, status("state=1"))
    assert.equal(1, seen)
  end)

  it("cannot be given a route that the table does not have", function()
    assert.error_matches(function()
      servers.new("t").router:add("GET", "/api/Nope", function() end)
    end, "the operation table has no GET /api/Nope")
  end)

  it("takes a parameter that follows a literal in one segment", function()
    local server = servers.new("t")
    local got = {}
    for _, template in ipairs { "/api/SCIM/v2/Users/{id}",
      "/api/SCIM/v2/Users/userName={userName}" } do
      server.router:add("GET", template, function(request)
        got[#got + 1] = request.params
        return { status = 200, headers = {}, body = "{}" }
      end)
    end
    for _, segment in ipairs { "username=a%2Fb", "userName=",
      ID } do
      server:handle({ method = "GET", path = "/api/scim/v2/users/" .. segment, body = "",
        headers = { authorization = "Basic t" } })
    end
    assert.same({ { userName = "a/b" }, { id = ID } },
      got)
  end)
end)

describe("sandbox", function()
  local it, box = sandboxes.open(it, pending, setup, teardown)

  it("names the fault over the wire", function()
    local response = box:get("/api/Product/Query?$top=1&filter=x")
    assert.equal(400, response.status)
    assert.equal("The parameter 'filter' is not known (did you mean \"$filter\"?).",
      cjson.decode(response.body).ModelState.filter[1])
    response = raw_http.request(box.port, { method = "PUT", path = "/api/Product", body = "{}",
      headers = { Authorization = "Basic " .. box.token } })
    assert.equal(400, response.status)
    assert.matches("media type '' is not supported", response.body)
  end)

  it("names a field of a filter that there is not, wherever a filter is taken", function()
    local client = require("wats").connect { base_url = box.sandbox.url, token = box.token }
    local values = { string = "email@b", boolean = true, integer = 1 }
    local count = 0
    for _, operation in ipairs(operations.list) do
      local key = operation.key
      if key:find("^POST /api/App/") or key == "POST /api/Export/Certificate" then
        local params = { email = key:find("Certificate") and "a@b" or nil }
        for _, parameter in ipairs(operation.query_parameters) do
          if parameter.required then params[parameter.name] = values[parameter.type] end
        end
        local answer, err = client:call(key, params, { json = { partNumer = "A" } })
        assert.is_nil(answer, key)
        assert.matches("filter%.partNumer: .*partNumber", tostring(err), key)
        count = count + 1
      end
    end
    assert.equal(16, count)
  end)

  it("says it to a client so that he sees what is wrong", function()
    local client = require("wats").connect { base_url = box.sandbox.url, token = box.token }
    local _, err = client:call("GET /api/App/Version", nil, { query = { verbose = 1 } })
    assert.equal("invalid", err.kind)
    assert.matches("verbose", tostring(err))
  end)
end)
