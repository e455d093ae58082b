-- What hangs on a report in the sandbox, less of a report, and many reports at once.

local cjson = require("cjson")
local core = require("wats.core")
local needs = require("spec.support.needs")
local sandboxes = require("spec.support.sandbox")
local unzip = require("spec.support.unzip")

describe("sandbox report files", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local box, test, repair, bare

  local BYTES = "\0\1\255 binary"
  local ATTACHMENT_ID = "AAAAAAAA-1111-4222-8333-444455556666"
  local FAILURE_ID = "bbbbbbbb-1111-4222-8333-444455556666"

  local function post(changes)
    local report = sandboxes.report(changes)
    local response = box:request("POST", "/api/Report/WSJF", { body = cjson.encode(report) })
    assert.equal(200, response.status, response.body)
    return report
  end

  setup(function()
    box = sandboxes.start()
    test = post { root = {
      id = 1, group = "M", stepType = "SequenceCall", name = "Main", status = "P", steps = {
        { id = 2, group = "M", name = "Photo", status = "D", attachment = {
          name = "photo.png", contentType = "image/png", data = core.base64_encode(BYTES) } },
        { id = 3, group = "M", name = "Curve", status = "D", chart = { chartType = "Line",
          label = "L", series = { { dataType = "XYG", name = "S", ydata = "1;2" } } } },
      },
    } }
    repair = post {
      type = "R", processCode = 500, root = cjson.null, uut = cjson.null,
      uur = { user = "op", processCode = 50 },
      binaryData = { { id = ATTACHMENT_ID, name = "board.jpg", data = core.base64_encode("jpg") } },
      subUnits = { { idx = 0, partType = "Main", pn = "P", sn = "S", rev = "A",
        failures = { { category = "Component", code = "Burned", attachments = {
          { id = FAILURE_ID, name = "board.jpg", data = core.base64_encode("other") } } } } } },
    }
    bare = post()
  end)

  teardown(function() box:stop() end)

  local function attachment(query)
    return box:get("/api/Report/Attachment?" .. query)
  end

  it("are found by step in a test report, by id in a repair report", function()
    local response = attachment("reportId=" .. test.id .. "&stepId=2")
    assert.equal(200, response.status)
    assert.equal(BYTES, response.body)
    assert.equal("image/png", response.headers["content-type"])
    assert.matches('filename="photo.png"', response.headers["content-disposition"], 1, true)
    assert.equal("jpg", attachment("reportId=" .. repair.id .. "&attachmentId=" .. ATTACHMENT_ID)
      .body)
    assert.equal("other", attachment("reportId=" .. repair.id:upper() .. "&attachmentId="
      .. FAILURE_ID).body)
  end)

  it("are a 404 when absent, a 400 when not named or named wrongly", function()
    assert.equal(404, attachment("reportId=" .. test.id .. "&stepId=3").status)
    assert.equal(404, attachment("reportId=" .. test.id .. "&attachmentId=" .. FAILURE_ID).status)
    assert.equal(404, attachment("reportId=" .. core.uuid() .. "&stepId=2").status)
    assert.equal(400, attachment("reportId=" .. test.id).status)
    assert.equal(400, attachment("reportId=17&stepId=2").status)
    assert.equal(400, attachment("reportId=" .. repair.id .. "&attachmentId=17").status)
    assert.equal(400, attachment("stepId=2").status)
  end)

  it("come all in one zip", function()
    local response = box:get("/api/Report/Attachments/" .. repair.id)
    assert.equal("application/zip", response.headers["content-type"])
    assert.same({ ["board.jpg"] = "jpg", ["2_board.jpg"] = "other" }, (unzip.read(response.body)))
    assert.same({ ["photo.png"] = BYTES },
      (unzip.read(box:get("/api/Report/Attachments/" .. test.id).body)))
    assert.equal(404, box:get("/api/Report/Attachments/" .. bare.id).status)
    assert.equal(404, box:get("/api/Report/Attachments/" .. core.uuid()).status)
    assert.equal(400, box:get("/api/Report/Attachments/17").status)
  end)

  it("include a certificate of a test, not of a repair", function()
    local response = box:get("/api/Report/Certificate/" .. test.id)
    assert.equal("application/pdf", response.headers["content-type"])
    assert.matches("^%%PDF%-1", response.body)
    assert.matches(test.sn, response.body, 1, true)
    assert.equal(400, box:get("/api/Report/Certificate/" .. repair.id).status)
    assert.equal(404, box:get("/api/Report/Certificate/" .. core.uuid()).status)
  end)

  it("are told by the headers", function()
    local function header(id)
      return box:get_json("/api/Report/Query/Header" .. sandboxes.query {
        "$filter", "uuid eq " .. id, "$expand", "attachments,uurAttachments,assets" })[1]
    end
    assert.same({ { stepId = 2, filename = "photo.png" } }, header(test.id).attachments)
    local list = header(repair.id).uurAttachments
    assert.same({ id = ATTACHMENT_ID:lower(), filename = "board.jpg" }, list[1])
    assert.equal(FAILURE_ID, list[2].id)
    local report = post { assets = { { assetSN = "A1", usageCount = 1 } },
      assetStats = { { assetSN = "A1", runningCount = 7, message = "x" } } }
    local asset = header(report.id).assets[1]
    assert.equal("A1", asset.serialNumber)
    assert.equal(7, asset.runningCount)
    assert.equal(cjson.null, asset.totalCount)
    assert.is_nil(asset.message)
  end)

  describe("less of a report", function()
    local function get(query)
      local response = box:get("/api/Report/Wsjf/" .. test.id .. "?" .. query)
      assert.equal(200, response.status, response.body)
      return cjson.decode(response.body)
    end

    it("leaves out the bytes of attachments and the points of charts", function()
      local steps = get("includeAttachments=false").root.steps
      assert.same({ name = "photo.png", contentType = "image/png" }, steps[1].attachment)
      assert.is_table(steps[2].chart.series)
      steps = get("includeChartdata=False").root.steps
      assert.same({ chartType = "Line", label = "L" }, steps[2].chart)
      assert.is_string(steps[1].attachment.data)
      local response = box:get("/api/Report/Wsjf/" .. repair.id .. "?includeAttachments=false")
      local report = cjson.decode(response.body)
      assert.is_nil(report.binaryData[1].data)
      assert.equal(ATTACHMENT_ID, report.binaryData[1].id)
      assert.is_nil(report.subUnits[1].failures[1].attachments[1].data)
    end)

    it("goes by detailLevel", function()
      local report = get("detailLevel=0")
      assert.equal(test.id, report.id)
      assert.is_nil(report.uut)
      report = get("detailLevel=2")
      assert.is_table(report.uut)
      assert.is_nil(report.root)
      assert.is_table(get("detailLevel=4").root)
      assert.equal(400, box:get("/api/Report/Wsjf/" .. test.id .. "?detailLevel=8").status)
    end)
  end)

  describe("many reports", function()
    it("are made at once, and each is a report", function()
      assert(box.sandbox:reset())
      assert(box.sandbox:make_reports { count = 12, failEvery = 5, start = "2026-02-01T00:00:00Z",
        interval = 60, serialNumber = "X", partNumber = "MADE", processCode = 10 })
      local rows = box:get_json("/api/Report/Query/Header?%24top=100")
      assert.equal(12, #rows)
      assert.equal("X-000012", rows[1].serialNumber)
      assert.equal("2026-02-01T00:11:00Z", rows[1].start)
      assert.equal("Failed", rows[3].result)
      assert.equal(1, rows[12].timeStamp)
      local response = box:get("/api/Report/Wsjf/" .. rows[3].uuid)
      local report = cjson.decode(response.body)
      assert.equal("F", report.result)
      assert.equal("MADE", report.pn)
      -- and the same report is taken when it is sent
      assert.equal(200, box:request("POST", "/api/Report/WSJF", { body = response.body }).status)
      rows = box:get_json("/api/Report/Query/Header" .. sandboxes.query {
        "$filter", "serialNumber eq 'X-000010'" })
      assert.equal(1, #rows)
      assert.equal(2, rows[1].receiveCount)
      assert.equal(13, rows[1].timeStamp)
    end)

    it("are not made of what makes no sense", function()
      for _, spec in ipairs { {}, { count = -1 }, { count = 1, processCode = 4711 },
        { count = 1, start = "yesterday" }, { count = 1, failEvery = 0 }, { count = 1.5 } } do
        local ok, err = box.sandbox:make_reports(spec)
        assert.is_nil(ok)
        assert.matches("No reports were made", tostring(err))
      end
    end)
  end)
end)
