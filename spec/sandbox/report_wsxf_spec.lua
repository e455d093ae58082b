-- Reports in WSXF in the sandbox.

local cjson = require("cjson")
local core = require("wats.core")
local reports = require("wats.report")
local same = require("spec.support.same_record")
local sandboxes = require("spec.support.sandbox")
local xml = require("wats.xml")

local NAMESPACE = "http://wats.virinco.com/schemas/WATS/Report/wsxf"
local SAMPLE = "../shared/wats/samples/uut_export.wsxf.xml"

local DOCUMENT = [[
<?xml version="1.0" encoding="utf-8"?>
<Reports xmlns="]] .. NAMESPACE .. [[">
  <Report type="UUT" ID="%s" Start="2026-01-30T22:01:41.47+01:00" Result="Failed"
    Start_utc="2026-01-30T21:01:41.47Z" SN="SN &lt;1&gt;" PN="PN" Rev="A" MachineName="M"
    Location="Oslo" Purpose="Test">
    <UUT UserLoginName="kari" ExecutionTime="12.5" BatchSN="B1"><Comment>ø &amp; x</Comment></UUT>
    <Process Code="50" Name="PCBA test"/>
    <MiscInfo Description="Lot" Numeric="7"/><MiscInfo Description="Text">Hello</MiscInfo>
    <ReportUnitHierarchy PartType="PSU" PN="P2" SN="S2" Rev="B"/>
    <Step Id="1" Group="Main" Name="Main" StepType="SequenceCall" Status="Failed">
      <SequenceCall Name="Main.seq" Version="1.2" Filename="C:\Main.seq"/>
      <Step Id="2" Group="Setup" Name="3V3" StepType="ET_NLT" Status="Failed"
        StepCausedUUTFailure="true"><NumericLimit NumericValue="3.61" LowLimit="3.2"
        HighLimit="3.4" Units="V" CompOperator="GELE" Status="Failed"/></Step>
    </Step>
  </Report>
</Reports>]]

describe("sandbox reports in XML", function()
  local it, box = sandboxes.open(it, pending, setup, teardown)

  local function post(text)
    return box:request("POST", "/api/Report/WSXF",
      { body = text, headers = { ["Content-Type"] = "application/xml" } })
  end

  local function header(id)
    return box:get_json("/api/Report/Query/Header" .. sandboxes.query {
      "$filter", "uuid eq " .. id, "$expand", "subUnits,miscInfo" })[1]
  end

  it("are taken, found by their header, and come back as they were sent", function()
    local id = core.uuid()
    local text = DOCUMENT:format(id)
    local response = post(text)
    assert.equal(200, response.status, response.body)
    assert.equal(id, cjson.decode(response.body).uuid)
    local found = header(id)
    assert.equal("SN <1>", found.serialNumber)
    assert.equal("Failed", found.result)
    assert.equal("2026-01-30T21:01:41.47Z", found.start)
    assert.equal("PCBA test", found.processName)
    assert.equal("ø & x", found.comment)
    assert.equal(12.5, found.executionTime)
    assert.equal("Main/3V3", found.causedUutFailurePath)
    assert.equal("1.2", found.swVersion)
    assert.same({ { partType = "PSU", partNumber = "P2", serialNumber = "S2", revision = "B" } },
      found.subUnits)
    assert.same({ { description = "Lot", value = "7" }, { description = "Text", value = "Hello" } },
      found.miscInfo)
    response = box:get("/api/Report/Wsxf/" .. id)
    assert.equal(text, response.body)
    assert.matches("^application/xml", response.headers["content-type"])
  end)

  it("can be fetched as WSJF, with all that was measured", function()
    local id = core.uuid()
    assert.equal(200, post(DOCUMENT:format(id)).status)
    local record = box:get_json("/api/Report/Wsjf/" .. id)
    assert.same({ name = cjson.null, compOp = "GELE", highLimit = 3.4, lowLimit = 3.2,
      status = "F", unit = "V", value = 3.61 }, record.root.steps[1].numericMeas[1])
    assert.equal("Hello", record.miscInfos[2].text)
  end)

  it("are well-formed when made of others, with the names of the steps", function()
    local report = sandboxes.report { sn = "<\1&\"'>", uut = { execTime = 1 / 3 }, miscInfos = {
      { description = "Lot", text = "a < b" } }, subUnits = {
      { partType = "PSU", pn = "P", sn = "S", rev = "A" } } }
    assert.equal(200, box:request("POST", "/api/Report/WSJF", { body = core.json.encode(report) })
      .status)
    local root = assert(xml.read(box:get("/api/Report/Wsxf/" .. report.id).body))
    assert.equal(NAMESPACE, root.namespace)
    local node = root[1]
    assert.equal("UUT", node.attributes.type)
    assert.equal("<\u{FFFD}&\"'>", node.attributes.SN)
    assert.equal("Passed", node.attributes.Result)
    assert.equal(1 / 3, tonumber(node[1].attributes.ExecutionTime)) -- to the last bit
    local names = {}
    for i, part in ipairs(node) do names[i] = part.name end
    assert.equal("UUT MiscInfo ReportUnitHierarchy Process Step", table.concat(names, " "))
    assert.equal("Do", node[5][1].attributes.Name)
    root = assert(xml.read(box:get("/api/Report/Wsxf/" .. report.id .. "?detailLevel=0").body))
    assert.equal(1, #root[1])
  end)

  it("may be a repair", function()
    local report = { type = "R", processCode = 500, uur = { user = "op", processCode = 50 },
      subUnits = { { idx = 0, partType = "Main", pn = "P", sn = "S", rev = "A" } } }
    report = sandboxes.report(report)
    report.root, report.uut = nil, nil
    assert.equal(200, box:request("POST", "/api/Report/WSJF", { body = cjson.encode(report) })
      .status)
    local text = box:get("/api/Report/Wsxf/" .. report.id).body
    assert.equal(200, post(text).status)
    assert.equal("R", header(report.id).reportType)
    assert.equal(2, header(report.id).receiveCount)
  end)

  it("are refused when they are not XML, not WSXF, not one, or not valid", function()
    local id = core.uuid()
    local good = DOCUMENT:format(id)
    for text, reason in pairs {
      ["<Reports>"] = "not WSXF: ",
      ["{}"] = "not XML",
      ["<Report/>"] = 'not <Reports xmlns=',
      [('<Reports xmlns="%s"/>'):format(NAMESPACE)] = "holds no report",
      [good:gsub("(<Report .*</Report>)", "%1%1")] = "one report, it holds 2",
      [good:gsub('Code="50"', 'Code="4711"')] = "There is no process with code 4711",
      [good:gsub('SN="SN[^"]*"', "", 1)] = "sn",
      [good:gsub("ø", "\xff")] = "not valid UTF-8",
    } do
      local response = post(text)
      assert.equal(400, response.status, text)
      assert.matches(reason, response.body, 1, true)
    end
    assert.equal(404, box:get("/api/Report/Wsxf/" .. id).status)
    assert.equal(400, box:get("/api/Report/Wsxf/17").status)
    assert.equal(400, box:get("/api/Report/Wsxf/" .. id .. "?detailLevel=x").status)
  end)

  it("that a server exported are taken", function()
    local file = io.open(SAMPLE, "rb")
    if not file then
      pending("no " .. SAMPLE)
      return
    end
    local text = file:read("a")
    file:close()
    local response = post(text)
    assert.equal(200, response.status, response.body)
    local id = cjson.decode(response.body).uuid
    assert.equal("FATTest-325", header(id).serialNumber)
    assert.equal(text, box:get("/api/Report/Wsxf/" .. id).body)
    local sent = assert(reports.parse(text, { unknown = "drop" }))
    local kept = assert(reports.parse(box:get("/api/Report/Wsjf/" .. id).body))
    assert.same({}, same.differences(sent.record, kept.record))
  end)
end)
