-- wats.report.escape: no text becomes an element or ends an attribute.

local escape = require("wats.report.escape")

describe("wats.report.escape", function()
  it("escapes what HTML and XML read as their own", function()
    assert.equal("&lt;script a=&quot;&#39;&amp;amp;&quot;&gt;",
      escape.html([[<script a="'&amp;">]]))
    assert.equal("3V3 \u{3A9}", escape.html("3V3 \u{3A9}"))
  end)
end)
