-- Makes broken texts of whole ones, always the same for the same seed.

local M = {}

-- What readers of JSON and XML stumble over.
local PIECES = {
  "", "\0", "\xFF", "\xFE\xFF", "\xFF\xFE", "\xEF\xBB\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
  "\u{FFFE}", "null", "true", "0", "-0", "1e999", "-1e-999", "9223372036854775808",
  "1" .. ("0"):rep(400), "NaN", "INF", '"', "\\", "\\u0000", "\\ud800", "[", "]", "{", "}",
  "[]", "{}", ":", ",", '"steps":', '"root":', '"":{}', "<", ">", "&", "&lt;", "&#0;", "&#xD800;",
  "&x;", "/>", "</Step>", "<Step>", "<Step/>", "<SequenceCall/>", "<Report>", "</Report>",
  "<Failures/>", '<Failures PartIdx="NaN"/>', "<Binary/>", "<Process/>", "<UUT/>",
  "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE r [<!ENTITY x 'y'>]>",
  ' xmlns="u"', " a='1'", 'type="UUR"', 'type="UUT"', ' Id="x"', ' NumericValue="INF"',
  ' Idx="1e999"', "\u{1F50C}", "\r\n", "\t",
}

-- And where a number stands.
local NUMBERS = { "1e999", "-1e999", "NaN", "INF", "-INF", "-0", "1e", "0x1p4", "1,5", " 5 ",
  "5.", ".5", "9007199254740993", "9223372036854775807", "9223372036854775808", "1e-400", "+1",
  "-", "1_0", ("9"):rep(399), "0." .. ("3"):rep(300) }

local function cut(random, text)
  local first = random(#text + 1)
  return first, math.min(#text, first + random(1 + (#text >> 2 * random(6))))
end

local CHANGES = {
  function(random, text) -- one byte is another
    local at = random(#text)
    return text:sub(1, at - 1) .. string.char(random(0, 255)) .. text:sub(at + 1)
  end,
  function(random, text) -- a piece is put in
    local at = random(0, #text)
    return text:sub(1, at) .. PIECES[random(#PIECES)] .. text:sub(at + 1)
  end,
  function(random, text) -- something is missing
    local first, last = cut(random, text)
    return text:sub(1, first - 1) .. text:sub(last + 1)
  end,
  function(random, text) -- something is there again and again
    local first, last = cut(random, text)
    local part = text:sub(first, last)
    return text:sub(1, last) .. part:rep(random(1, 1 + 2000 // (#part + 1))) .. text:sub(last + 1)
  end,
  function(random, text) -- the end is missing
    return text:sub(1, random(0, #text))
  end,
  function(random, text) -- a value is another
    local values = {}
    for first, last in text:gmatch('"()[^"]*()"') do values[#values + 1] = { first, last } end
    if #values == 0 then return text end
    local value = values[random(#values)]
    local is_number = text:find('^[%d.-]+"', value[1]) and random(4) > 1
    local pieces = is_number and NUMBERS or PIECES
    return text:sub(1, value[1] - 1) .. pieces[random(#pieces)] .. text:sub(value[2])
  end,
  function(random, text, others) -- a part of another text
    local other = others[random(#others)]
    local first, last = cut(random, other)
    local at = random(0, #text)
    return text:sub(1, at) .. other:sub(first, last) .. text:sub(at + 1)
  end,
  function(random, text) -- two names or values change places
    local words = {}
    for first, last in text:gmatch("()%w+()") do words[#words + 1] = { first, last - 1 } end
    if #words < 2 then return text end
    local i, j = random(#words), random(#words)
    if i == j then return text end
    local one, two = words[math.min(i, j)], words[math.max(i, j)]
    return text:sub(1, one[1] - 1) .. text:sub(two[1], two[2]) .. text:sub(one[2] + 1, two[1] - 1)
      .. text:sub(one[1], one[2]) .. text:sub(two[2] + 1)
  end,
  function(random, text) -- another encoding: a letter, a NUL
    local little = random(2) == 1
    local marks = { "", "\xFF\xFE", "\xFE\xFF" }
    return marks[random(3)] .. text:gsub(".", little and "%0\0" or "\0%0")
  end,
}

--- Random numbers, as math.random has them, that are the same for the same seed.
function M.generator(seed)
  local state = seed
  local function step() -- splitmix64
    state = state + 0x9E3779B97F4A7C15
    local z = (state ~ (state >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ~ (z >> 27)) * 0x94D049BB133111EB
    return z ~ (z >> 31)
  end
  return function(low, high)
    if not high then low, high = 1, low end
    return low + (step() >> 1) % (high - low + 1)
  end
end

-- Another value or word leaves most texts readable, and then what is read is odd: the larger half.
-- Another encoding is seldom.
local function choose(random)
  if random(2) == 1 then return random(2) == 1 and 6 or 8 end
  local which = random(#CHANGES)
  return which == #CHANGES and random(8) > 1 and 1 or which
end

--- One of the texts, changed in one way or up to four.
function M.text(random, texts)
  local text = texts[random(#texts)]
  for _ = 1, random(2) == 1 and 1 or random(1, 4) do
    local which = choose(random)
    if #text > 0 and #text < 1000000 then text = CHANGES[which](random, text, texts) end
  end
  return text
end

return M
