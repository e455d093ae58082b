local multipart = require("wats.sandbox.multipart")

local function form(...)
  local text = ""
  for _, part in ipairs { ... } do text = text .. "--b\r\n" .. part .. "\r\n" end
  return text .. "--b--\r\n"
end

describe("multipart.boundary", function()
  it("is what the type of a form names, quoted or not, in any case", function()
    assert.equal("x-1", multipart.boundary("multipart/form-data; boundary=x-1"))
    assert.equal("x 1", multipart.boundary('Multipart/Form-Data; charset=utf-8; Boundary="x 1"'))
    for _, other in ipairs { "multipart/mixed; boundary=x", "multipart/form-data", "",
      "text/plain" } do
      assert.is_nil(multipart.boundary(other))
    end
    assert.is_nil(multipart.boundary(nil))
  end)
end)

describe("multipart.parse", function()
  it("gives the parts as they were sent", function()
    local data = "a\r\n--\r\n-b\0\xff"
    local parts = assert(multipart.parse(form(
      'Content-Disposition: form-data; name="first"\r\n\r\n',
      'content-disposition: form-data; name="file"; filename="a %22b%22.zip"\r\n'
        .. "Content-Type: application/zip\r\n\r\n" .. data), "b"))
    assert.same({
      { name = "first", body = "" },
      { name = "file", filename = 'a "b".zip', content_type = "application/zip", body = data },
    }, parts)
  end)

  it("takes a form without parts", function()
    assert.same({}, multipart.parse("--b--\r\n", "b"))
  end)

  it("refuses what is cut short or no form", function()
    local whole = form('Content-Disposition: form-data; name="f"\r\n\r\nbody')
    for length = 1, #whole - 4 do
      local parts, problem = multipart.parse(whole:sub(1, length), "b")
      assert.is_nil(parts, length)
      assert.is_string(problem)
    end
    assert.is_nil(multipart.parse(whole, "c"))
    assert.is_nil(multipart.parse(form("X: y\r\n\r\nbody"), "b"))
    assert.is_nil(multipart.parse(form('Content-Disposition: attachment; name="f"\r\n\r\n'), "b"))
  end)
end)
