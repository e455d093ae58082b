-- shift.progress: how far the work is. On a terminal one line that is written again and again;
-- elsewhere (a file, a pipe) a plain line now and then, so that nothing garbles a log.

local progress = {}
progress.__index = progress

local EVERY = 10 -- units for each plain line

---@class shift.Progress
---@field total integer
---@field package rewrites boolean

---@param total integer
---@return shift.Progress
function progress.new(total)
  -- Lua cannot tell what its output is, but the shell can.
  local rewrites = os.execute("test -t 1") == true
  io.stdout:setvbuf(rewrites and "no" or "line")
  return setmetatable({ total = total, rewrites = rewrites }, progress)
end

-- Unit number `done` is through.
---@param done integer
---@param text string
function progress:show(done, text)
  local line = ("%d/%d  %s"):format(done, self.total, text)
  if self.rewrites then
    io.write("\r", line, "\27[K", done == self.total and "\n" or "")
  elseif done % EVERY == 0 or done == self.total then
    print(line)
  end
end

-- A line that stays.
---@param text string
function progress:say(text)
  print(self.rewrites and "\r" .. text .. "\27[K" or text)
end

return progress
