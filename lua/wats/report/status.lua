-- wats.report.status: the letters that say how a step, a measurement or a report ended.
--
-- What a caller writes is read strictly: a word that is not known is a mistake to be told of, and
-- never a pass.

local given = require("wats.report.given")
local options = require("wats.options")

local status = {}

local WORDS = {
  P = { "p", "pass", "passed" },
  F = { "f", "fail", "failed" },
  D = { "d", "done" },
  S = { "s", "skip", "skipped" },
  E = { "e", "error" },
  T = { "t", "terminate", "terminated" },
  U = { "u", "unknown" },
}

status.STEP = "PFDSETU"
status.REPORT = "PFET"
status.MEASUREMENT = "PFS"

local letters, names = {}, {}
for letter, words in pairs(WORDS) do
  for _, word in ipairs(words) do
    letters[word] = letter
    names[#names + 1] = word
  end
end

-- How bad a step is for the sequence around it. What was passed, done or skipped is not; an
-- unknown end is taken for a failure. An error outranks a termination, since it says why the test
-- came to its end, and both outrank a failure, since what was measured after them proves little.
local RANK = { P = 0, D = 0, S = 0, F = 1, U = 1, T = 2, E = 3 }

-- The letter of a word in any case ("P", "Passed", "PASS"), or nil and what is wrong.
---@param text string
---@param allowed string  the letters that may stand here
---@return string? letter
---@return string? problem
function status.parse(text, allowed)
  local letter = type(text) == "string" and letters[text:lower()]
  if not letter then
    return nil, ('unknown status "%s"%s'):format(given.show(text), options.suggest(text, names))
  end
  if not allowed:find(letter, 1, true) then
    return nil, ('status "%s" is not possible here (%s)'):format(text,
      allowed:gsub(".", "%0 "):sub(1, -2))
  end
  return letter
end

---@param letter string
---@return boolean
function status.fails(letter)
  return RANK[letter] == nil or RANK[letter] > 0
end

-- What two ends make together for whatever holds both: "P" or one of "F", "T", "E".
---@param one string
---@param other string
---@return string
function status.worse(one, other)
  local worst = (RANK[other] or 1) > (RANK[one] or 1) and other or one
  local rank = RANK[worst] or 1
  if rank == 0 then return "P" end
  return rank == 1 and "F" or worst
end

return status
