-- suite.lua - runs C test programs and busted specs, and adds up.
--
--   lua5.4 tools/suite.lua [C-TEST-PROGRAM | SPEC-FILE | SPEC-DIRECTORY]...
--
-- Each program and each spec file has a process of its own: a crash or a hang
-- of one is counted as one failure and does not hide the others. The output of
-- what passed whole is kept quiet, but for figures that it wants to be seen (from
-- `figures: ` to the end of a line). What failed is told again at the end, under
-- `what failed:`: whoever sees only the end of a long output sees it. The last line
-- is `N passed, N failed, N skipped`, and the exit code is 1 if anything failed.
--
-- Most of them wait for servers and clocks, so as many run at once as there are
-- processors; what they say is shown in order.
--
-- Environment: LUA (default lua5.4), BUSTED (default: found in PATH),
-- SUITE_C and SUITE_LUA (a command put before a C test program or the
-- interpreter of a spec, for instance valgrind), SUITE_TIMEOUT (seconds for
-- one process, default 300), SUITE_JOBS (processes at once).

local M = {}

---Reads the counts from what a test program or busted printed.
---@param text string
---@return table|nil counts passed, failed, skipped; nil if it told none
function M.counts(text)
  local counts
  for line in text:gmatch("[^\n]+") do
    local passed, failed = line:match("^(%d+) passed, (%d+) failed$")
    if passed then
      counts = { passed = tonumber(passed), failed = tonumber(failed), skipped = 0 }
    end
    local good, bad, broken, pending = line:match(
      "^(%d+) success%w* / (%d+) failure%w* / (%d+) error%w* / (%d+) pending")
    if good then
      counts = { passed = tonumber(good), failed = tonumber(bad) + tonumber(broken),
        skipped = tonumber(pending) }
    end
  end
  return counts
end

---What one run means: a process that ended badly, or told no counts, has failed
---even if all that it counted passed.
---@return table counts
---@return string|nil complaint
function M.judge(text, exited, code)
  local counts = M.counts(text)
  local complaint
  if not counts then
    counts = { passed = 0, failed = 0, skipped = 0 }
    complaint = "did not finish"
  elseif (exited ~= "exit" or code ~= 0) and counts.failed == 0 then
    complaint = "ended badly"
  elseif counts.passed + counts.failed + counts.skipped == 0 then
    complaint = "ran no test"
  end
  if complaint then
    counts.failed = counts.failed + 1
    if code == 124 or code == 137 then
      complaint = "was stopped after its time limit"
    end
    complaint = ("%s (%s %d)"):format(complaint, exited, code)
  end
  return counts, complaint
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function read_command(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local function busted_command()
  local lua = os.getenv("LUA") or "lua5.4"
  local busted = os.getenv("BUSTED") or read_command("command -v busted"):gsub("%s+$", "")
  local file = io.open(busted)
  if not file then
    error("busted is missing: run make deps, or name it in BUSTED", 0)
  end
  local first = file:read("l") or ""
  file:close()
  local wrap = os.getenv("SUITE_LUA") or ""
  local options = " --output=plainTerminal "
  if first:find("lua", 1, true) then
    return ("%s %s %s --ignore-lua%s"):format(wrap, lua, quoted(busted), options)
  end
  return ("%s --lua=%s%s"):format(quoted(busted), quoted(wrap .. " " .. lua), options)
end

local function spec_files(path)
  if path:match("%.lua$") then
    return { path }
  end
  local files = {}
  for name in read_command("find " .. quoted(path) .. " -name '*_spec.lua'"):gmatch("[^\n]+") do
    files[#files + 1] = name
  end
  table.sort(files)
  return files
end

local function is_spec(path)
  return path:match("%.lua$") or read_command("[ ! -d " .. quoted(path) .. " ] || echo yes") ~= ""
end

local function jobs(arguments)
  local list, busted = {}, nil
  for _, path in ipairs(arguments) do
    if is_spec(path) then
      busted = busted or busted_command()
      for _, file in ipairs(spec_files(path)) do
        list[#list + 1] = { name = file, command = busted .. quoted(file) }
      end
    else
      local command = (os.getenv("SUITE_C") or "") .. " " .. quoted("./" .. path)
      list[#list + 1] = { name = path:match("[^/]+$"), command = command }
    end
  end
  return list
end

local function time_limit()
  if read_command("command -v timeout") == "" then
    return ""
  end
  return ("timeout --foreground -k 5 %s "):format(os.getenv("SUITE_TIMEOUT") or "300")
end

local function jobs_at_once()
  local count = os.getenv("SUITE_JOBS") or read_command("getconf _NPROCESSORS_ONLN 2>/dev/null")
  return math.max(1, math.tointeger(tonumber(count)) or 1)
end

local function start(job, limit)
  job.path, job.begun = os.tmpname(), os.time()
  job.pipe = assert(io.popen(
    ("%s %s > %s 2>&1 < /dev/null"):format(limit, job.command, quoted(job.path))))
  return job
end

-- Output, and how it ended.
local function wait(job)
  local _, exited, code = job.pipe:close()
  local file = assert(io.open(job.path, "rb"))
  local text = file:read("a")
  file:close()
  os.remove(job.path)
  if code == 130 or (exited == "signal" and code == 2) then
    error("interrupted", 0)
  end
  return text, exited, code
end

---LeakSanitizer looks at the threads of a process that ends from outside, and crashes now and then
---when one of them ends meanwhile: that says nothing of the test. Seen twice in a row.
function M.checker_crashed(text)
  return text:find("Tracer caught signal", 1, true) ~= nil
    and text:find("LeakSanitizer has encountered a fatal error", 1, true) ~= nil
end

-- How a line looks that tells of a failure: of C tests, of busted, of sanitizers and valgrind.
local FAILURE_MARKS = { "^FAILED ", "^Failure %->", "^Error %->", "^==%d+==%s*ERROR",
  " runtime error: ", "^WARNING: ThreadSanitizer" }

local function tells_of_failure(line)
  for _, mark in ipairs(FAILURE_MARKS) do
    if line:find(mark) then return true end
  end
  return false
end

---The part of an output that tells of its first failure: some lines before it (a C test says why
---before it says which), more from there on; the end of it where nothing tells.
---@param text string what a test program or busted printed
---@return string lines at most 40, each with its newline
function M.excerpt(text)
  local lines, first = {}, nil
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = line
    if not first and tells_of_failure(line) then first = #lines end
  end
  local from = math.max(1, (first or #lines - 29) - 10)
  return table.concat(lines, "\n", from, math.min(#lines, from + 39)) .. "\n"
end

local function finish(job, limit)
  local text, exited, code = wait(job)
  for _ = 1, 3 do
    if not M.checker_crashed(text) then break end
    io.write(job.name, ": the leak checker itself crashed: run once more\n")
    text, exited, code = wait(start(job, limit))
  end
  local counts, complaint = M.judge(text, exited, code)
  io.write(("%-44s %4d passed"):format(job.name, counts.passed))
  if counts.failed > 0 then io.write((", %d failed"):format(counts.failed)) end
  if counts.skipped > 0 then io.write((", %d skipped"):format(counts.skipped)) end
  local seconds = os.time() - job.begun
  io.write(seconds >= 2 and (" (%d s)\n"):format(seconds) or "\n")
  if counts.failed + counts.skipped > 0 then
    io.write((text:gsub("%s+$", "")), "\n")
  else
    for figures in text:gmatch("figures: ([^\n]+)") do io.write("  ", figures, "\n") end
  end
  if complaint then
    io.write(job.name, " ", complaint, "\n")
  end
  return counts, counts.failed > 0 and ("%s %s\n%s"):format(
    job.name, complaint or "", M.excerpt(text)) or nil
end

---Runs all; returns true if nothing failed.
function M.main(arguments)
  io.stdout:setvbuf("line")
  local total, failures = { passed = 0, failed = 0, skipped = 0 }, {}
  local limit, list = time_limit(), jobs(arguments)
  local at_once = jobs_at_once()
  for i = 1, #list + at_once - 1 do
    if list[i] then list[i] = start(list[i], limit) end
    local oldest = i - at_once + 1
    if list[oldest] then
      local counts, failure = finish(list[oldest], limit)
      failures[#failures + 1] = failure
      for key, value in pairs(counts) do total[key] = total[key] + value end
    end
  end
  if #failures > 0 then io.write("what failed:\n", table.concat(failures)) end
  io.write(("%d passed, %d failed, %d skipped\n"):format(
    total.passed, total.failed, total.skipped))
  return total.failed == 0
end

if arg and arg[0] and arg[0]:match("suite%.lua$") then
  local ok, result = pcall(M.main, arg)
  if not ok then
    io.stderr:write("tests: ", tostring(result), "\n")
  end
  os.exit(ok and result, true)
end
return M
