-- Reports in XML, attribute by attribute: each has its field, and whatever stands in a document
-- stands in what is read of it, once.
local json = require("wats.json")
local report = require("wats.report")

-- Where an element stands (%s: its attributes), the table that it becomes, attributes and fields;
-- those behind the bar are null when nothing was said.
local TEST, REPAIR = "<Report type='UUT'>%s</Report>", "<Report type='UUR'>%s</Report>"
local STEP, UNIT = TEST:format("<Step>%s</Step>"), "<ReportUnitHierarchy Idx='0'/>"
local ELEMENTS = {
  { "<Report type='UUT' %s/>", function(r) return r end, "ID=id PN=pn SN=sn Rev=rev Result=result "
    .. "MachineName=machineName Location=location Purpose=purpose origin=origin Start=start "
    .. "Start_utc=startUTC | ProductName=productName" },
  { TEST:format("<Process %s/>"), function(r) return r end,
    "Code=processCode Name=processName | CodeFormat=processCodeFormat" },
  { REPAIR:format("<UUR><Process %s/></UUR>"), function(r) return r.uur end,
    "Code=processCode Name=processName CodeFormat=processCodeFormat |" },
  { TEST:format("<UUT %s/>"), function(r) return r.uut end, "ErrorCodeFormat=errorCodeFormat "
    .. "TestSocketIndexFormat=testSocketIndexFormat ExecutionTimeFormat=execTimeFormat "
    .. "BatchFailCountFormat=batchFailCountFormat BatchLoopIndexFormat=batchLoopIndexFormat | "
    .. "UserLoginName=user BatchSN=batchSN TestSocketIndex=testSocketIndex ErrorCode=errorCode "
    .. "ExecutionTime=execTime FixtureId=fixtureId ErrorMessage=errorMessage =comment "
    .. "BatchFailCount=batchFailCount BatchLoopIndex=batchLoopIndex "
    .. "StepIdCausedUUTFailure=stepIdCausedUUTFailure" },
  { REPAIR:format("<UUR %s/>"), function(r) return r.uur end, "| UserLoginName=user "
    .. "ReferencedUUT=refUUT ConfirmDate=confirmDate FinalizeDate=finalizeDate Parent=parent "
    .. "ExecutionTime=execTime =comment =children" },
  { TEST:format("<MiscInfo %s/>"), function(r) return r.miscInfos[1] end, "Typedef=typedef Id=id "
    .. "Description=description NumericFormat=numericFormat | Numeric=numeric" },
  { TEST:format("<ReportUnitHierarchy %s/>"), function(r) return r.subUnits[1] end,
    "PartType=partType PN=pn SN=sn Rev=rev Idx=idx ParentIDX=parentIdx ReplacedIDX=replacedIdx | "
    .. "Position=position" },
  { REPAIR:format("<ReportUnitHierarchy %s/>"), function(r) return r.subUnits[1] end,
    "PartType=partType PN=pn Rev=rev Idx=idx ParentIdx=parentIdx ReplacedIdx=replacedIdx "
    .. "Position=position |" },
  { REPAIR:format(UNIT .. "<Failures %s/>"), function(r) return r.subUnits[1].failures[1] end,
    "Category=category Code=code | Comment=comment CompRef=comRef FunctionBlock=funcBlock "
    .. "StepID=refStepId StepName=refStepName ArticleNumber=artNumber ArticleRevision=artRev "
    .. "ArticleVendor=artVendor ArticleDescription=artDescription" },
  { REPAIR:format(UNIT .. "<Failure %s/>"), function(r) return r.subUnits[1].failures[1] end,
    "| ComRef=comRef FuncBlock=funcBlock RefStepId=refStepId RefStepName=refStepName "
    .. "ArtNumber=artNumber ArtRev=artRev ArtVendor=artVendor ArtDescription=artDescription" },
  { TEST:format("<Assets><Asset %s/></Assets>"), function(r) return r.assets[1] end,
    "AssetSN=assetSN UsageCountFormat=usageCountFormat | UsageCount=usageCount" },
  { TEST:format("<AssetStats><AssetStat %s/></AssetStats>"), function(r) return r.assetStats[1] end,
    "AssetSN=assetSN RunningCount=runningCount RunningCountExceeded=runningCountExceeded "
    .. "TotalCount=totalCount TotalCountExceeded=totalCountExceeded Message=message "
    .. "DaysSinceCalibration=daysSinceCalibration CalibrationDaysOverdue=calibrationDaysOverdue "
    .. "IsDaysSinceCalibrationUnknown=isDaysSinceCalibrationUnknown "
    .. "DaysSinceMaintenance=daysSinceMaintenance MaintenanceDaysOverdue=maintenanceDaysOverdue "
    .. "IsDaysSinceMaintenanceUnknown=isDaysSinceMaintenanceUnknown |" },
  { REPAIR:format("<Binary><Data %s/></Binary>"), function(r) return r.binaryData[1] end,
    "| ContentType=contentType FileName=name BinaryDataGUID=id" },
  { TEST:format("<Step %s/>"), function(r) return r.root end, "Id=id Group=group Name=name "
    .. "StepType=stepType Status=status Start=start total_time=totTime TSGuid=tsGuid "
    .. "total_timeFormat=totTimeFormat StepErrorCode=errorCode StepErrorMessage=errorMessage "
    .. "StepErrorCodeFormat=errorCodeFormat StepCausedSequenceFailure=causedSeqFailure "
    .. "StepCausedUUTFailure=causedUUTFailure InteractiveExeNum=interactiveExeNum "
    .. "InteractiveExeNumFormat=interactiveExeNumFormat |" },
  { STEP:format("<NumericLimit %s/>"), function(r) return r.root.numericMeas[1] end,
    "CompOperator=compOp Status=status NumericValueFormat=valueFormat "
    .. "HighLimitFormat=highLimitFormat LowLimitFormat=lowLimitFormat | Name=name Units=unit "
    .. "NumericValue=value HighLimit=highLimit LowLimit=lowLimit" },
  { STEP:format("<StringValue %s/>"), function(r) return r.root.stringMeas[1] end,
    "CompOperator=compOp Status=status | Name=name StringValue=value StringLimit=limit" },
  { STEP:format("<PassFail %s/>"), function(r) return r.root.booleanMeas[1] end,
    "Status=status | Name=name" },
  { STEP:format("<SequenceCall %s/>"), function(r) return r.root.seqCall end,
    "| Filepath=path Name=name Version=version" },
  { STEP:format("<Loop %s/>"), function(r) return r.root.loop end,
    "| index=idx num=num ending_index=endingIndex passed=passed failed=failed" },
  { STEP:format("<MessagePopup %s/>"), function(r) return r.root.messagePopup end,
    "ButtonFormat=buttonFormat | Response=response Button=button" },
  { STEP:format("<Callexe %s/>"), function(r) return r.root.callExe end,
    "ExitCodeFormat=exitCodeFormat | ExitCode=exitCode" },
  { STEP:format("<Chart %s/>"), function(r) return r.root.chart end, "| ChartType=chartType "
    .. "Label=label XLabel=xLabel XUnit=xUnit YLabel=yLabel YUnit=yUnit" },
  { STEP:format("<Chart><Series %s/></Chart>"), function(r) return r.root.chart.series[1] end,
    "| DataType=dataType Name=name =xdata =ydata" },
  { STEP:format("<Attachment %s/>"), function(r) return r.root.attachment end,
    "| Name=name ContentType=contentType" },
}

local function read(template, attributes)
  return assert(report.parse("<Reports>" .. template:format(attributes) .. "</Reports>")).record
end

-- Attributes as they are written, each with a value of its own, and the values by field.
local function marked(list)
  local parts, expected = {}, {}
  for name, field in list:gmatch("([%w_]+)=(%w+)") do
    expected[field] = #parts + 1001
    parts[#parts + 1] = ('%s="%d"'):format(name, expected[field])
  end
  return table.concat(parts, " "), expected
end

describe("an attribute in XML", function()
  for _, element in ipairs(ELEMENTS) do
    local template, find, list = table.unpack(element)

    it("has its field: " .. template:match("<([^<]*) %%s"), function()
      local attributes, expected = marked(list)
      local found = find(read(template, attributes))
      for field, value in pairs(expected) do
        assert.equal(value, math.tointeger(tonumber(found[field])), field)
      end
      assert.is_nil(found.wsxf)
    end)

    it("is null or nothing when it is not there: " .. template:match("<([^<]*) %%s"), function()
      local found = find(read(template, ""))
      local always, null = list:match("^(.*)|(.*)$")
      for field in always:gmatch("=(%w+)") do
        -- steps get numbers, units their index
        if field ~= "id" then assert.is_nil(found[field], field) end
      end
      for field in null:gmatch("=(%w+)") do assert.equal(json.null, found[field], field) end
    end)
  end
end)

describe("whatever stands in a document", function()
  -- Elements in which others are; the rest of them hold none that are read.
  local WITHIN = {
    Report = { "UUT", "UUR", "Process", "MiscInfo", "ReportUnitHierarchy", "Failures", "Binary",
      "Assets", "AssetStats", "Step", "AdditionalData" },
    UUT = { "Comment" }, UUR = { "Comment", "Process" }, Failures = { "Comment" },
    Binary = { "Data" }, Assets = { "Asset" }, AssetStats = { "AssetStat" },
    Chart = { "Series" }, Series = { "xdata", "ydata" },
    Step = { "Step", "Step", "SequenceCall", "NumericLimit", "StringValue", "PassFail", "Loop",
      "Chart", "Attachment", "MessagePopup", "Callexe", "ReportText", "AdditionalResults" },
  }
  local NAMES = {}
  for _, element in ipairs(ELEMENTS) do
    local name = element[1]:match("<(%w+)[^<]*%%s")
    local names = NAMES[name] or {}
    for attribute in element[3]:gmatch("([%w_]+)=") do names[#names + 1] = attribute end
    NAMES[name] = names
  end
  local ODD = { "PartIdx", "FailIdx", "Status", "Name", "odd", "Idx" }
  -- what only counts, or repeats; see docs/reading_reports.md
  local COUNTS = { ["Step/Idx"] = true, ["Failures/Idx"] = true }

  local random, count
  local function token()
    count = count + 1
    return ("x%dx"):format(count)
  end

  local function element(name, depth)
    local attributes, used = {}, { type = true }
    for _, names in ipairs { NAMES[name] or {}, ODD } do
      for _, attribute in ipairs(names) do
        if random(3) == 1 and not used[attribute] and not COUNTS[name .. "/" .. attribute] then
          used[attribute] = true
          attributes[#attributes + 1] = (' %s="%s"'):format(attribute, token())
        end
      end
    end
    if name == "Report" then attributes[#attributes + 1] = ' type="UUR"' end
    local content = { random(2) == 1 and token() or "\n " }
    local inner = WITHIN[name]
    local steps = 0
    for _ = 1, depth < 6 and random(0, inner and 8 or 1) or 0 do
      local child = inner and random(5) > 1 and inner[random(#inner)] or "Odd"
      if child == "Step" then steps = steps + 1 end
      if not (name == "Report" and child == "Step" and steps > 1) then
        content[#content + 1] = element(child, depth + 1)
        content[#content + 1] = random(4) == 1 and token() or ""
      end
    end
    return ("<%s%s>%s</%s>"):format(name, table.concat(attributes), table.concat(content), name)
  end

  it("stands once in what is read (300 random documents)", function()
    random = math.random
    for seed = 1, 300 do
      math.randomseed(seed)
      count = 0
      local text = "<Reports>" .. element("Report", 1) .. "</Reports>"
      local written = json.encode(assert(report.parse(text)).record)
      local times = {}
      for found in written:gmatch("x%d+x") do times[found] = (times[found] or 0) + 1 end
      for i = 1, count do
        local wanted = ("x%dx"):format(i)
        assert.equal(1, times[wanted], ("seed %d: %s of %s"):format(seed, wanted, text))
      end
    end
    math.randomseed(os.time())
  end)
end)
