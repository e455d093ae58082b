-- The calls about serial numbers in the sandbox, as they go over the wire.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

local BASE = "/api/Production/SerialNumbers"

describe("sandbox serial numbers", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function send(method, path, ...)
    return box:request(method, BASE .. path .. sandboxes.query({ "serialNumberType",
      "SerialNumber", ... }))
  end

  it("are taken as XML, or CSV", function()
    local response = send("POST", "/Take", "quantity", "2", "refSN", "A&B")
    assert.matches("^application/xml", response.headers["content-type"])
    assert.matches('<SN id="SN-000001" status="taken" refSN="A&amp;B"/>', response.body, 1, true)
    response = send("POST", "/Take", "quantity", "1", "refPN", 'a,"b"', "format", "CSV")
    assert.matches("^text/csv", response.headers["content-type"])
    assert.equal('id,status,refSN,refPN,stationName\r\nSN-000003,taken,,"a,""b""",\r\n',
      response.body)
    assert.equal(400, send("POST", "/Take", "quantity", "0").status)
    assert.equal(400, send("POST", "/Take", "quantity", "1", "format", "JSON").status)
    assert.equal(400, send("POST", "/Take", "quantity", "101", "onlyInSequence", "true").status)
  end)

  it("are found, and not without what is to be found", function()
    assert.equal(400, send("GET", "/ByReference").status)
    assert.equal("[]", send("GET", "/ByReference", "refSN", "x").body)
    local list = cjson.decode(send("GET", "/ByRange", "startAddress", "SN-000099", "endAddress",
      "SN-000200").body)
    assert.same({ "SN-000099", "free", cjson.null }, { list[1].id, list[1].status, list[1].taken })
    assert.equal(2, #list)
  end)

  it("are exported in a format that there is", function()
    assert.equal(400, send("GET", "", "format", "JSON").status)
    local response = send("GET", "", "format", "csv", "startAddress", "SN-000100")
    assert.equal("id,status,refSN,refPN,stationName\r\nSN-000100,free,,,\r\n", response.body)
  end)

  local function upload(format, text, disposition)
    return box:request("PUT", BASE .. sandboxes.query({ "serialNumberType", "SerialNumber",
      "format", format }), {
      headers = { ["Content-Type"] = "multipart/form-data; boundary=b" },
      body = "--b\r\nContent-Disposition: form-data; "
        .. (disposition or 'name="file"; filename="f"') .. "\r\n\r\n" .. text .. "\r\n--b--\r\n",
    })
  end

  it("are uploaded as XML or CSV", function()
    assert.equal('{"added":2,"alreadyExists":[]}',
      upload("CSV", "\xEF\xBB\xBFid;x\r\nA1;2\r\n\"A2\"\r\n\r\n").body)
    assert.equal('{"added":1,"alreadyExists":["A2"]}', upload("XML",
      '<SerialNumbers><SN id="A2"/><SN id="A3"/></SerialNumbers>').body)
    assert.equal(400, upload("XML", "<Numbers/>").status)
    assert.equal(400, upload("XML", "A1").status)
    assert.equal(400, upload("JSON", "[]").status)
    assert.equal(400, upload("CSV", "A4", 'name="file"').status)
  end)

  it("of no such type are a 404", function()
    for _, path in ipairs { "?format=CSV&", "/ByRange?startAddress=a&endAddress=b&",
      "/ByReference?refSN=a&" } do
      assert.equal(404, box:get(BASE .. path .. "serialNumberType=none").status)
    end
  end)

  it("are seeded, by state", function()
    assert(box.sandbox:seed {
      serialNumberTypes = { { name = "IMEI", identifier = 2 } },
      serialNumbers = { { type = "IMEI", startAddress = "350000000000010",
        endAddress = "350000000000012", state = "taken" },
        { type = "New", startAddress = "1", endAddress = "3" } },
    })
    local types = box:get_json(BASE .. "/Types")
    assert.same({ "IMEI", "IMEI", "New", 0 }, { types[3].name, types[3].identifierName,
      types[4].name, types[4].identifier })
    assert.is_nil((box.sandbox:seed { serialNumbers = { { type = "IMEI", startAddress = "1",
      endAddress = "2", state = "lost" } } }))
  end)
end)
