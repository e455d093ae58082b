-- wats.report.wsxf_steps: what a step of the XML format becomes.
local json = require("wats.json")
local steps = require("wats.report.wsxf_steps")
local xml_stream = require("wats.xml_stream")

local function read(text)
  local step
  assert(xml_stream.read("<r>" .. text .. "</r>", {
    open = function() end,
    close = function(node) step = steps.read(node) end,
  }))
  return step
end

describe("a step in XML", function()
  it("has the letters that the JSON format has for words", function()
    for word, letter in pairs { Passed = "P", Failed = "F", Done = "D", Skipped = "S", Error = "E",
      Terminated = "T", Unknown = "U", ["New word"] = "New word" } do
      assert.equal(letter, read(('<Step Status="%s"/>'):format(word)).status)
      assert.equal(letter, read(('<Step><PassFail Status="%s"/></Step>'):format(word))
        .booleanMeas[1].status)
    end
    for word, letter in pairs { Setup = "S", Main = "M", Cleanup = "C", Other = "Other" } do
      assert.equal(letter, read(('<Step Group="%s"/>'):format(word)).group)
    end
  end)

  it("is a sequence when it calls one or has steps", function()
    assert.same({}, read("<Step><SequenceCall/></Step>").steps)
    assert.is_true(json.is_array(read("<Step><SequenceCall/></Step>").steps))
    assert.equal(2, #read("<Step><Step/><Step/></Step>").steps)
    assert.is_nil(read("<Step/>").steps)
  end)

  it("calls the file of its path, else the one of its name", function()
    local function call(attributes)
      return read("<Step><SequenceCall " .. attributes .. "/></Step>").seqCall
    end
    assert.equal("a/b.seq", call('Filepath="a/b.seq" Filename="b.seq"').path)
    assert.is_nil(call('Filepath="a/b.seq" Filename="b.seq"').wsxf)
    assert.equal("b.seq", call('Filepath="" Filename="b.seq"').path)
    assert.equal(json.null, call('Filename=""').path)
    assert.same({ Filename = "c.seq" }, call('Filepath="b.seq" Filename="c.seq"').wsxf.attributes)
  end)

  it("keeps measured text to the last space", function()
    local step = read('<Step><StringValue StringValue=" a " StringLimit=""/></Step>')
    assert.same({ " a ", "" }, { step.stringMeas[1].value, step.stringMeas[1].limit })
    assert.equal(" \n", read("<Step><ReportText> \n</ReportText></Step>").reportText)
  end)

  it("keeps a limit in the place that the document has for it", function()
    local step = read('<Step><NumericLimit CompOperator="LT" HighLimit="5"/></Step>')
    assert.same({ 5.0, json.null }, { step.numericMeas[1].highLimit, step.numericMeas[1].lowLimit })
  end)

  it("has one chart, one attachment, one loop; a second one is kept", function()
    local step = read('<Step><Chart Label="1"/><Chart Label="2"/><Loop index="0"/><Loop index="1"/>'
      .. '<Attachment Name="a">eA==</Attachment><Attachment Name="b">eQ==</Attachment></Step>')
    assert.same({ "1", 0, "a", "eA==" },
      { step.chart.label, step.loop.idx, step.attachment.name, step.attachment.data })
    assert.equal(3, #step.wsxf.elements)
    assert.same({ "eQ==" }, step.wsxf.elements[3].content)
  end)
end)
