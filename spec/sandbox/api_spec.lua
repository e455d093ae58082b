-- The sandbox over the wire: token, reference data, errors, ETag, gzip, paths.

local core = require("wats.core")
local cjson = require("cjson")
local raw_http = require("spec.support.raw_http")
local sandboxes = require("spec.support.sandbox")

describe("sandbox", function()
  local it, box = sandboxes.open(it, pending, setup, teardown)

  describe("token", function()
    local function status_with(authorization)
      local headers = { Authorization = authorization }
      return raw_http.request(box.port, { path = "/api/App/Version", headers = headers })
    end

    it("is asked for", function()
      local response = status_with(nil)
      assert.equal(401, response.status)
      assert.equal('Basic realm="WATS"', response.headers["www-authenticate"])
      assert.is_string(cjson.decode(response.body).Message)
    end)

    it("must be the right one, as Basic", function()
      assert.equal(401, status_with("Basic d3Jvbmc=").status)
      assert.equal(401, status_with("Bearer " .. box.token).status)
      assert.equal(401, status_with("Basic").status)
      assert.equal(401, status_with("Basic " .. box.token .. "x").status)
      assert.equal(200, status_with("Basic " .. box.token).status)
      assert.equal(200, status_with("basic " .. box.token).status)
    end)

    it("guards the controls too", function()
      local response = raw_http.request(box.port, { path = "/sandbox/journal" })
      assert.equal(401, response.status)
    end)
  end)

  it("tells a version as a JSON string", function()
    local response = box:get("/api/App/Version")
    assert.matches('^"[%d.]+"$', response.body)
    assert.equal("application/json; charset=utf-8", response.headers["content-type"])
  end)

  it("knows test and repair processes", function()
    local kinds = {}
    for _, process in ipairs(box:get_json("/api/App/Processes")) do
      kinds[process.code] = process.isTestOperation and "test" or "repair"
    end
    assert.same({
      [10] = "test", [50] = "test", [90] = "test", [100] = "test",
      [500] = "repair", [510] = "repair",
    }, kinds)
  end)

  it("filters processes by kind", function()
    local list = box:get_json("/api/App/Processes?includeRepairOperations=true")
    assert.equal(2, #list)
    assert.equal(500, list[1].code)
    assert.same({}, box:get_json("/api/App/Processes?includeWipOperations=true"))
  end)

  it("answers an empty list as []", function()
    assert.equal("[]", box:get("/api/App/Processes?includeWipOperations=true").body)
  end)

  it("knows levels and product groups", function()
    assert.is_string(box:get_json("/api/App/Levels")[1].levelName)
    assert.is_string(box:get_json("/api/App/ProductGroups")[1].productGroupName)
  end)

  it("takes paths in any case", function()
    assert.equal(200, box:get("/API/app/VERSION").status)
    assert.equal(200, box:get("/api/App/Version/").status)
  end)

  it("answers 404 with the path, and 405 with what would do", function()
    local missing = box:get("/api/App/Nothing")
    assert.equal(404, missing.status)
    assert.matches("/api/App/Nothing", cjson.decode(missing.body).Message, 1, true)
    local wrong = box:request("DELETE", "/api/Product")
    assert.equal(405, wrong.status)
    assert.equal("PUT", wrong.headers.allow)
    assert.matches("DELETE", cjson.decode(wrong.body).Message)
  end)

  it("answers HEAD without a body", function()
    local response = box:request("HEAD", "/api/App/Processes")
    assert.equal(200, response.status)
    assert.is_true(tonumber(response.headers["content-length"]) > 100)
    assert.equal("", response.body)
  end)

  it("refuses a body past its limit with ProblemDetails", function()
    local response = box:request("POST", "/api/Report/WSJF", { body = (" "):rep(33 * 1024 * 1024) })
    assert.equal(413, response.status)
    assert.matches("problem+json", response.headers["content-type"], 1, true)
    assert.equal(413, cjson.decode(response.body).status)
  end)

  describe("ETag", function()
    it("is strong, and matched with 304 and no body", function()
      local whole = box:get("/api/App/Processes")
      local etag = whole.headers.etag
      assert.matches('^"%x+"$', etag)
      for _, field in ipairs({ etag, '"other", ' .. etag, "W/" .. etag, "*" }) do
        local response = box:get("/api/App/Processes", { headers = { ["If-None-Match"] = field } })
        assert.equal(304, response.status)
        assert.equal(etag, response.headers.etag)
        assert.equal(whole.headers["content-length"], response.headers["content-length"])
        assert.equal("", response.body)
      end
    end)

    it("does not match another", function()
      local response = box:get("/api/App/Processes", { headers = { ["If-None-Match"] = '"x"' } })
      assert.equal(200, response.status)
    end)

    it("changes with what it stands for", function()
      local before = box:get("/api/Product/PSU-24V-5A").headers.etag
      local product = box:get_json("/api/Product/PSU-24V-5A")
      box:request("PUT", "/api/Product", {
        json = { productId = product.productId, partNumber = "PSU-24V-5A", name = "New" },
      })
      assert.not_equal(before, box:get("/api/Product/PSU-24V-5A").headers.etag)
    end)
  end)

  describe("gzip", function()
    local function with_coding(coding)
      return box:get("/api/App/Processes", { headers = { ["Accept-Encoding"] = coding } })
    end

    it("is used when the request takes it", function()
      local plain, packed = box:get("/api/App/Processes"), with_coding("br, gzip")
      assert.is_nil(plain.headers["content-encoding"])
      assert.equal("gzip", packed.headers["content-encoding"])
      assert.equal("Accept-Encoding", packed.headers.vary)
      assert.equal("Accept-Encoding", plain.headers.vary)
      assert.is_true(#packed.body < #plain.body)
      assert.equal(plain.body, core.gunzip(packed.body))
    end)

    it("is not used when it is refused or gains nothing", function()
      assert.is_nil(with_coding("gzip;q=0").headers["content-encoding"])
      assert.is_nil(with_coding("br").headers["content-encoding"])
      local small = box:get("/api/App/Version", { headers = { ["Accept-Encoding"] = "gzip" } })
      assert.is_nil(small.headers["content-encoding"])
    end)

    it("has an ETag of its own", function()
      local plain, packed = box:get("/api/App/Processes"), with_coding("gzip")
      assert.not_equal(plain.headers.etag, packed.headers.etag)
      local headers = { ["Accept-Encoding"] = "gzip", ["If-None-Match"] = packed.headers.etag }
      assert.equal(304, box:get("/api/App/Processes", { headers = headers }).status)
      headers["If-None-Match"] = plain.headers.etag
      assert.equal(200, box:get("/api/App/Processes", { headers = headers }).status)
    end)
  end)

  it("keeps a connection for many requests", function()
    local connection = raw_http.connect(box.port)
    local headers = { Authorization = "Basic " .. box.token }
    for _ = 1, 50 do
      connection:send(raw_http.text({ path = "/api/App/Version", headers = headers }))
      assert.equal(200, raw_http.read(connection).status)
    end
    connection:close()
  end)
end)
