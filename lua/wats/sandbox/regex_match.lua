-- wats.sandbox.regex_match: what a regular expression is made of once it is read: matchers.
--
-- m(state, at, continue) calls continue(after) for each way to match from `at`, the best first, and
-- returns what that returns when it is not false. The state is { codes, groups, steps }; too many
-- steps raise the state itself.

local M = {}

local MAX_STEPS = 200000

local function step(state)
  state.steps = state.steps + 1
  if state.steps > MAX_STEPS then
    error(state, 0)
  end
end

--- One character that passes the test.
function M.one(test)
  return function(state, at, continue)
    step(state)
    local code = state.codes[at]
    return code and test(code) and continue(at + 1)
  end
end

local function nothing(_, at, continue)
  return continue(at)
end

--- One after the other.
function M.sequence(list)
  local matcher = nothing
  for i = #list, 1, -1 do
    local first, rest = list[i], matcher
    matcher = rest == nothing and first or function(state, at, continue)
      return first(state, at, function(after)
        return rest(state, after, continue)
      end)
    end
  end
  return matcher
end

--- The first that matches, else the next.
function M.either(list)
  if #list == 1 then
    return list[1]
  end
  return function(state, at, continue)
    for _, matcher in ipairs(list) do
      local found = matcher(state, at, continue)
      if found then
        return found
      end
    end
    return false
  end
end

--- From `least` to `most` times; as many as can be, or (lazy) as few.
function M.times(matcher, least, most, lazy)
  return function(state, start, continue)
    local function from(count, at)
      step(state)
      local function more()
        return count < most and matcher(state, at, function(after)
          -- what matches nothing would do so for ever
          return (after > at or count < least) and from(count + 1, after)
        end)
      end
      if count < least then
        return more()
      elseif lazy then
        return continue(at) or more()
      end
      return more() or continue(at)
    end
    return from(0, start)
  end
end

--- Remembers what matched.
function M.group(matcher, number)
  return function(state, at, continue)
    return matcher(state, at, function(after)
      local before = state.groups[number]
      state.groups[number] = { at, after - 1 }
      local found = continue(after)
      if not found then
        state.groups[number] = before
      end
      return found
    end)
  end
end

--- Does (or does not) match from here on; takes nothing.
function M.ahead(matcher, wanted)
  return function(state, at, continue)
    local found = matcher(state, at, function()
      return true
    end)
    return (found and true or false) == wanted and continue(at)
  end
end

--- Does (or does not) match up to here; takes nothing.
function M.behind(matcher, wanted)
  return function(state, at, continue)
    local found = false
    for start = at, 1, -1 do
      found = found or matcher(state, start, function(after)
        return after == at
      end)
    end
    return (found and true or false) == wanted and continue(at)
  end
end

--- What a group has matched, once more.
function M.reference(number)
  return function(state, at, continue)
    local span = state.groups[number]
    if not span then
      return false
    end
    for i = span[1], span[2] do
      if state.codes[at] ~= state.codes[i] then
        return false
      end
      at = at + 1
    end
    return continue(at)
  end
end

local function is_digit(code)
  return code ~= nil and code >= 48 and code <= 57
end

local function is_word(code)
  return code ~= nil and (is_digit(code) or code >= 65 and code <= 90 or code >= 97 and code <= 122
    or code == 95 or code > 127)
end

local function is_space(code)
  return code == 32 or code >= 9 and code <= 13 or code == 0xA0 or code == 0x2028
end

--- The test that passes what the other does not.
function M.invert(test)
  return function(code)
    return not test(code)
  end
end

--- Tests of a code, by the letter behind the backslash.
M.CLASSES = {
  d = is_digit, w = is_word, s = is_space,
  D = M.invert(is_digit), W = M.invert(is_word), S = M.invert(is_space),
}
--- Codes, by the letter behind the backslash.
M.CONTROLS = { t = 9, n = 10, r = 13, f = 12, v = 11, e = 27, a = 7 }

local function boundary(wanted)
  return function(state, at, continue)
    local edge = is_word(state.codes[at - 1]) ~= is_word(state.codes[at])
    return edge == wanted and continue(at)
  end
end

function M.at_start(_, at, continue)
  return at == 1 and continue(at)
end

function M.at_end(state, at, continue)
  local last = #state.codes + 1
  return (at == last or at == last - 1 and state.codes[at] == 10) and continue(at)
end

--- Matchers of no character, by the letter behind the backslash.
M.ANCHORS = {
  b = boundary(true), B = boundary(false), A = M.at_start, Z = M.at_end,
  z = function(state, at, continue)
    return at == #state.codes + 1 and continue(at)
  end,
}

return M
