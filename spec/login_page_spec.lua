-- What tells a login page from a file.

local login_page = require("wats.login_page")

describe("wats.login_page", function()
  it("suspects HTML that nobody marks as a file", function()
    for _, kind in ipairs { "text/html", "TEXT/HTML", "text/html; charset=utf-8", "text/html ;" } do
      assert.is_true(login_page.suspected(kind, false), kind)
      assert.is_false(login_page.suspected(kind, true), kind)
    end
    for _, kind in ipairs { "", "text/htmlx", "application/pdf", "text/plain; a=text/html" } do
      assert.is_false(login_page.suspected(kind, false), kind)
    end
    assert.is_false(login_page.suspected(nil, false))
  end)

  it("knows an attachment by its Content-Disposition", function()
    for _, text in ipairs { "attachment", "Attachment; filename=a", "ATTACHMENT ; x" } do
      assert.is_true(login_page.is_attachment(text), text)
    end
    for _, text in ipairs { "", "inline", "attachments", "inline; filename=attachment" } do
      assert.is_false(login_page.is_attachment(text), text)
    end
    assert.is_false(login_page.is_attachment(nil))
  end)

  it("goes by the first character that is no space", function()
    for _, text in ipairs { "<", " \r\n\t<html>", "\xEF\xBB\xBF<!DOCTYPE" } do
      assert.is_true(login_page.begins(text), text)
    end
    for _, text in ipairs { "a", " PK<", "\0<", "\xEF\xBB\xBFa" } do
      assert.is_false(login_page.begins(text), text)
    end
    for _, text in ipairs { "", "  \n", "\xEF\xBB\xBF " } do
      assert.is_nil(login_page.begins(text), text)
    end
  end)
end)
