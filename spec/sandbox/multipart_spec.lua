-- The sandbox's reader of forms.

local multipart = require("wats.sandbox.multipart")

local TYPE = 'multipart/form-data; boundary="b 1"'

local function form(...)
  local text = {}
  for _, part in ipairs { ... } do text[#text + 1] = "--b 1\r\n" .. part .. "\r\n" end
  return table.concat(text) .. "--b 1--\r\n"
end

describe("sandbox forms", function()
  it("are read part by part, bytes as they are", function()
    local bytes = "\0\1\r\n--b\r\n\255"
    local parts = assert(multipart.parse(form(
      'Content-Disposition: form-data; name="a"\r\n\r\nvalue',
      'content-disposition: form-data; filename="x \\"1\\".zip"; name=file\r\n'
        .. "Content-Type: application/zip\r\n\r\n" .. bytes,
      'Content-Disposition: form-data; name="empty"; filename=""\r\n\r\n'), TYPE))
    assert.same({
      { name = "a", body = "value" },
      { name = "file", filename = 'x "1".zip', content_type = "application/zip", body = bytes },
      { name = "empty", filename = "", body = "" },
    }, parts)
  end)

  it("of no part are read too, and what stands before and behind is nothing", function()
    assert.same({}, multipart.parse("--x--\r\n", "multipart/form-data; boundary=x"))
    assert.equal(1, #multipart.parse("preamble\r\n"
      .. form 'Content-Disposition: form-data; name="a"\r\n\r\nv' .. "epilogue", TYPE))
  end)

  it("that are none are told", function()
    local whole = form('Content-Disposition: form-data; name="a"\r\n\r\nvalue')
    for problem, case in pairs {
      ["A body of multipart/form%-data is expected"] = { whole, "application/json" },
      ["are not closed"] = { whole:sub(1, -8), TYPE },
      ["A part has no name"] = { form("Content-Type: text/plain\r\n\r\nvalue"), TYPE },
      ["A part has no head"] = { form("\r\nvalue"), TYPE },
      ["A part has no end of its head"] = { form("X: y"), TYPE },
    } do
      local parts, text = multipart.parse(case[1], case[2])
      assert.is_nil(parts)
      assert.matches(problem, text)
    end
    assert.is_nil(multipart.parse(whole, nil))
    assert.is_nil(multipart.parse(whole, "multipart/form-data"))
    assert.is_nil(multipart.parse("", TYPE))
  end)
end)
