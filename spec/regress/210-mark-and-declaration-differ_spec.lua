-- A text that begins with UTF-8's byte order mark is UTF-8, whatever its declaration says: programs
-- that write a file anew in UTF-8 leave the declaration as it was. Read by the declaration, letters
-- come out as pairs of others, and nobody is told.

local report = require("wats.report")

describe("a byte order mark and another encoding declared", function()
  for _, declared in ipairs { "ISO-8859-1", "us-ascii", "windows-1252", "windows-1250",
    "utf-16" } do
    it("is read as UTF-8: " .. declared, function()
      local document = '<?xml version="1.0" encoding="' .. declared
        .. '"?><Reports><Report type="UUT" PN="\u{E6}\u{20AC}"/></Reports>'
      assert.equal("\u{E6}\u{20AC}", assert(report.parse("\xEF\xBB\xBF" .. document)).record.pn)
    end)
  end

  it("does not hide what is no UTF-8", function()
    local parsed, err = report.parse('\xEF\xBB\xBF<?xml version="1.0" encoding="ISO-8859-1"?>'
      .. '<Reports><Report type="UUT" PN="\xE6"/></Reports>')
    assert.is_nil(parsed)
    assert.matches("^not WSXF: line 1, column %d+: not well%-formed", err.message)
  end)
end)
