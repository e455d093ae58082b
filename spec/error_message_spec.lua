local error_message = require("wats.error_message")
local read = error_message.read

describe("error_message.read", function()
  it("reads a JSON string", function()
    assert.equal("Report is invalid: no start", read('"Report is invalid:\\r\\n no start"'))
  end)

  it("reads what ASP.NET says", function()
    assert.equal("No product.", read '{"Message":"No product."}')
    assert.equal("No product.", read '\xEF\xBB\xBF {"message":"No product."}')
    assert.equal("An error has occurred. Bad filter", read [[{"Message":"An error has occurred.",
      "ExceptionMessage":"Bad filter","ExceptionType":"ODataException","StackTrace":"at a\r\n"}]])
    assert.equal("The request is invalid. partNumber: too long, has a slash; revision: missing",
      read [[{"Message":"The request is invalid.","ModelState":{
        "revision":["missing"],"partNumber":["too long","has a slash"]}}]])
  end)

  it("reads ProblemDetails, with errors by field or as a list", function()
    assert.equal("Bad Request: no start",
      read '{"type":"about:blank","title":"Bad Request","status":400,"detail":"no start"}')
    assert.equal("One or more validation errors occurred. $.pn: required", read [[{"title":
      "One or more validation errors occurred.","errors":{"$.pn":["required"]}}]])
    assert.equal("a; b; c", read '{"errors":["a",{"message":"b"},null,{"description":"c"}]}')
    assert.equal("same", read '{"title":"same","detail":"same"}')
  end)

  it("reads SCIM, OAuth and OData", function()
    assert.equal("no such user", read [[{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],
      "detail":"no such user","status":"404"}]])
    assert.equal("invalid_token: it expired",
      read '{"error":"invalid_token","error_description":"it expired"}')
    assert.equal("The query is not valid. Could not find x", read [[{"odata.error":{"code":"",
      "message":{"lang":"en-US","value":"The query is not valid."},
      "innererror":{"message":"Could not find x","type":"T"}}}]])
  end)

  it("reads the title of a page, and XML", function()
    assert.equal("502 Bad Gateway & more",
      read '<!DOCTYPE html>\n<HTML><head><TITLE lang="en">\n502 Bad Gateway &amp; more</TITLE>')
    assert.equal("gone", read "<Error><Message>gone</Message></Error>")
    assert.equal("a > b & <c>", read "<title>a > b &amp; &lt;c&gt;</title>")
    assert.is_nil(read "<html><titles>x</titles><body>y</body></html>")
    assert.is_nil(read "<html><title")
    assert.is_nil(read "<title>never closed")
  end)

  it("reads plain text, as one line without control characters", function()
    assert.equal("no such re port", read "\r\n no such\tre\u{85}port \n")
    assert.equal("Stra?e", read "Stra\xDFe")
    assert.equal("?", read "\xFF")
    assert.equal("esc [31mred", read '"esc\\u001b[31mred"')
    assert.equal("5", read "5")
  end)

  it("is at most 500 bytes, cut between characters", function()
    assert.equal(("x"):rep(500), read(("x"):rep(1e6)))
    assert.equal(("x"):rep(499), read(("x"):rep(499) .. "\u{20AC}uro"))
    assert.equal(("x"):rep(500), read('{"Message":"' .. ("x"):rep(1e5) .. '"}'))
    local fields = {}
    for i = 1, 1000 do fields[i] = ('"f%d":["%s"]'):format(i, ("y"):rep(100)) end
    local text = read('{"ModelState":{' .. table.concat(fields, ",") .. "}}")
    assert.is_true(#text <= 500 and text:find("^f1: y") ~= nil)
  end)

  it("says nothing where nothing is said", function()
    for _, body in ipairs { "", "  \n", "null", "{}", "[]", '""', '{"a":1}', "\0\1\2",
      "\xEF\xBB\xBF",
      '{"Message":null,"errors":{}}', '{"Message":5}', '{"Message":"\\u0000"}', "\x1F\x8B\x08rest",
      '{"error":{"error":{"error":{"error":{"error":{"error":{"error":"too deep"}}}}}}}' } do
      assert.is_nil(read(body))
    end
    assert.is_nil(read(nil))
    assert.is_nil(read({}))
  end)

  it("shows broken JSON as the text that it is", function()
    assert.equal('{"Message":"cut sho', read '{"Message":"cut sho')
    assert.equal(("["):rep(500), read(("["):rep(1e5)))
  end)

  it("takes no offence and no time at whatever comes", function()
    local started = os.clock()
    local deep = ('{"errors":'):rep(190) .. '"x"' .. ("}"):rep(190)
    local pages = { deep, ("<title>"):rep(1e6), ("<title"):rep(1e6), "<" .. ("&"):rep(1e6),
      '{"errors":[' .. ('{"errors":["a"]},'):rep(1e4) .. "1]}", (" "):rep(1e6),
      ("\xFF"):rep(1e6), '"' .. ("\\n"):rep(1e5) .. '"' }
    for _, page in ipairs(pages) do read(page) end
    math.randomseed(1)
    local pieces = { "{", "}", "[", "]", '"', ":", ",", "Message", "errors", "<title>", "</title>",
      "\xFF", "\0", "\u{20AC}", " ", "null", "\\", "ModelState", '"Message":', '{"errors":' }
    for _ = 1, 5000 do
      local parts = {}
      for i = 1, math.random(12) do parts[i] = pieces[math.random(#pieces)] end
      local text = read(table.concat(parts))
      assert(text == nil or #text <= 500 and utf8.len(text) and not text:find("%c"))
    end
    assert.is_true(os.clock() - started < 10)
  end)
end)
