-- wats.report.wsxf: reports in XML, test and repair.
local json = require("wats.json")
local wsxf = require("wats.report.wsxf")

local function read(inner, attributes)
  local found = {}
  local ok, problem = wsxf.read(('<Reports xmlns="%s"><Report %s>%s</Report></Reports>'):format(
    wsxf.NAMESPACE, attributes or 'type="UUT"', inner), function(record, _, _, fault)
    found[1], found[2] = record, fault
  end)
  assert.is_true(ok, problem)
  return found[1], found[2]
end

describe("a report in XML", function()
  it("has the lists that the server's JSON always has", function()
    local record = read("")
    for _, name in ipairs { "miscInfos", "subUnits", "assets", "assetStats", "additionalData" } do
      assert.same({}, record[name])
      assert.is_true(json.is_array(record[name]), name)
    end
    assert.same({ json.null, json.null }, { record.productName, record.processCodeFormat })
    assert.is_nil(record.root)
    assert.is_nil(record.result)
  end)

  it("may say its namespace or not, or by a prefix", function()
    for _, document in ipairs {
      '<Reports><Report type="UUT" PN="p"/></Reports>',
      ('<w:Reports xmlns:w="%s"><w:Report type="UUT" PN="p"/></w:Reports>'):format(wsxf.NAMESPACE),
    } do
      local pn
      assert.is_true(wsxf.read(document, function(record) pn = record.pn end))
      assert.equal("p", pn)
    end
    local ok, problem = wsxf.read(('<Reports xmlns="%s"><Report xmlns=""/></Reports>'):format(
      wsxf.NAMESPACE), function() end)
    assert.is_nil(ok)
    assert.matches("<Report> stands where a <Report> is expected", problem)
  end)

  it("has one process, one unit, one outermost step", function()
    local record = read('<Process Code="1"/><Process Code="2"/>'
      .. '<UUT BatchSN="a"/><UUT BatchSN="b"/>')
    assert.same({ 1, "a", 2 }, { record.processCode, record.uut.batchSN, #record.wsxf.elements })
    local _, fault = read("<Step/><Step/>")
    assert.equal("it has several outermost steps", fault)
  end)

  it("gets numbers for its steps if it has none at all", function()
    local root = read("<Step><Step><Step/></Step><Step/></Step>").root
    assert.same({ 1, 2, 3, 4 },
      { root.id, root.steps[1].id, root.steps[1].steps[1].id, root.steps[2].id })
    root = read('<Step><Step Id="x"/><Step/></Step>').root
    assert.same({ nil, "x", nil }, { root.id, root.steps[1].id, root.steps[2].id })
  end)

  it("has assets in one element for all or in one for each", function()
    for _, inner in ipairs {
      '<Assets><Asset AssetSN="a"/><Asset AssetSN="b"/></Assets>',
      '<Asset AssetSN="a"/><Asset AssetSN="b"/>', '<Assets AssetSN="a"/><Assets AssetSN="b"/>',
    } do
      local assets = read(inner).assets
      assert.same({ 2, "a", "b" }, { #assets, assets[1].assetSN, assets[2].assetSN })
    end
  end)
end)

describe("a repair in XML", function()
  local function repair(inner) return read(inner, 'type="UUR"') end
  local UNITS = '<ReportUnitHierarchy Idx="0" SN="m"/><ReportUnitHierarchy Idx="1" SN="s"/>'

  it("has its failures at the units where they belong, wherever they stand", function()
    local units = repair('<Failure Code="a" PartIdx="1"/>' .. UNITS
      .. '<Failures Code="b"/><Failure Code="c" PartIdx="1"/>').subUnits
    assert.equal("b", units[1].failures[1].code)
    assert.same({ "a", "c" }, { units[2].failures[1].code, units[2].failures[2].code })
  end)

  it("has files at the failures where they belong, else at the report", function()
    local record = repair(UNITS .. '<Failures Code="a" Idx="7"/>'
      .. '<Binary FailIdx="7"><Data FileName="x">eA==</Data></Binary>'
      .. '<Binary><Data>eQ==</Data></Binary>'
      .. '<Binary FailIdx="8"><Data>eg==</Data><Data>two</Data></Binary>')
    assert.equal("eA==", record.subUnits[1].failures[1].attachments[1].data)
    assert.same({ "eQ==", "eg==" }, { record.binaryData[1].data, record.binaryData[2].data })
    assert.same({ "two" }, record.binaryData[2].wsxf.elements[1].content)
  end)

  it("loses no failure of a unit that is not there", function()
    local record = repair('<Failures Code="a" PartIdx="3"><Comment>c</Comment></Failures>')
    assert.equal("Failures", record.wsxf.elements[1].name)
    assert.equal("Comment", record.wsxf.elements[1].content[1].name)
  end)

  it("has two processes: the repair's and the failed test's", function()
    local record = repair('<UUR><Process Code="10" Name="ICT"/></UUR>'
      .. '<Process Code="500" Name="R"/>')
    assert.same({ 500, "R", 10, "ICT" }, { record.processCode, record.processName,
      record.uur.processCode, record.uur.processName })
  end)
end)
