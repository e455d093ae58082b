-- Serial numbers as the server writes them.

local serial_text = require("wats.domain.production.serial_text")

local function ids(text, may_be_csv)
  local list, problem = serial_text.read(text, may_be_csv)
  if not list then return nil, problem end
  for i, one in ipairs(list) do list[i] = one.id end
  return list
end

describe("serial numbers in a text", function()
  it("are read from XML, with what is told of them", function()
    local list = assert(serial_text.read('<?xml version="1.0" encoding="utf-8"?>\r\n'
      .. '<SerialNumbers xmlns:xsi="urn:x" serialNumberType="MAC">\n'
      .. '  <SN id="00-11" refSN="A&amp;B" taken="2026-01-01"/>\n  <SN id="00-12"></SN>\n'
      .. "</SerialNumbers>"))
    assert.same({ { id = "00-11", refSN = "A&B", taken = "2026-01-01" }, { id = "00-12" } }, list)
    assert.same({ "a" },
      ids('\xEF\xBB\xBF<SerialNumbers xmlns="urn:y"><SN id="a"/></SerialNumbers>'))
    assert.same({ "a b" }, ids("<SerialNumbers><SN> a b </SN></SerialNumbers>"))
    assert.same({}, ids("<SerialNumbers/>"))
  end)

  it("are read from JSON: a text in it, a list of texts, a list of records", function()
    assert.same({ "a", "b" },
      ids([["<SerialNumbers><SN id=\"a\"/><SN id='b'/></SerialNumbers>"]]))
    assert.same({ "a", "b" }, ids('["a","b"]'))
    assert.same({ "a", "b" }, ids('[{"id":"a"},{"SerialNumber":"b","x":1}]'))
    assert.same({ { id = "a", refPN = "P" } }, serial_text.read('[{"id":"a","refPN":"P"}]'))
    for _ = 1, 20 do -- in whatever order the members are looked at
      assert.same({ "a" }, ids('[{"number":"7","serial":"x","sn":"y","serialNumber":"a","id":5}]'))
    end
    assert.same({}, ids("[]"))
    assert.same({}, ids("null"))
    assert.same({}, ids(""))
  end)

  it("are read from CSV, with and without a head", function()
    assert.same({ "a", "b" }, ids("a\r\nb\r\n", true))
    assert.same({ "a", "b" }, ids("a;1\nb;2", true))
    assert.same({ { id = "a", refSN = "X" }, { id = "b", refSN = "" } },
      serial_text.read("refSN,Serial Number\nX,a\n,b\n", true))
    assert.same({ { id = "a", note = 'one, "two"\nthree' }, { id = "b", note = "x" } },
      serial_text.read('id,note\n"a","one, ""two""\nthree"\nb,x', true))
    assert.same({ "a b" }, ids('"a b"', true))
    assert.same({ "a", "b" }, ids('"a","b"\n"b","c"', true))
    assert.same({ "a" }, ids("\n\n a \n\n", true))
    assert.same({}, ids("id,status\r\n", true))
    assert.same({ 'unclosed' }, ids('"unclosed', true))
  end)

  it("are none in other texts", function()
    for text, problem in pairs {
      ["<html><body>log in</body></html>"] = "root element is <html>",
      ["<SerialNumbers><SN id='a'>"] = "line 1",
      ["<!DOCTYPE x [<!ENTITY e 'x'>]><SerialNumbers/>"] = "document type",
      ['{"Message":"no"}'] = "JSON, and no list",
      ["[1]"] = "element 1 is no",
      ['[{"x":"a"}]'] = "element 1 has no number",
      ["There are no free serial numbers."] = "neither XML nor",
      ["a\nb"] = "neither XML nor",
      ['"a"'] = "neither XML nor",
    } do
      local list, why = serial_text.read(text)
      assert.is_nil(list, text)
      assert.matches(problem, why, 1, true)
    end
    assert.is_nil((serial_text.read('{"Message":"no"}', true)))
    assert.is_nil((serial_text.read("<html/>", true)))
  end)

  it("are written so that they are read again", function()
    local list = { "a", '<&">', "ø", " x ", "line\nbreak" }
    assert.same(list, ids(assert(serial_text.write('T"1', list))))
    local text, problem = serial_text.write("T", { "a", "\0" })
    assert.is_nil(text)
    assert.matches("^element 2: ", problem)
  end)
end)
