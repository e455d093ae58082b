-- fuzz_parse.lua SECONDS [SEED [FILE...]]: breaks texts of reports for so long and lets wats.report
-- read them: those of the specs, or those in the files.
--
-- What must hold stands in spec/support/fuzzed_parse.lua. A text for which it does not is kept in
-- build/fuzz/findings and ends the run with code 1. Run in the checkout, with the paths of
-- `make shell-env`; each run has a seed of its own unless one is given.

package.path = "./?.lua;" .. package.path

local core = require("wats.core")
local fuzzed = require("spec.support.fuzzed_parse")
local mutate = require("spec.support.mutate")

local seconds = assert(tonumber(arg[1]), "usage: fuzz_parse.lua SECONDS [SEED [FILE...]]")
local seed = math.tointeger(tonumber(arg[2])) or math.floor(core.time() * 1000)
local SLOW = 10 -- seconds for one text

local function keep(text, problem)
  local path = ("build/fuzz/findings/parse-%s"):format(core.sha256(text):sub(1, 16))
  os.execute("mkdir -p build/fuzz/findings")
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  print(("failed   parse: %s\n  seed %d, kept as %s"):format(problem, seed, path))
  os.exit(1)
end

local random, texts = mutate.generator(seed), {}
for i = 3, #arg do
  local file <close> = assert(io.open(arg[i], "rb"))
  texts[#texts + 1] = file:read("a")
end
if #texts == 0 then texts = fuzzed.texts() end
local rounds, read = 0, 0
local ends = core.monotonic() + seconds
while core.monotonic() < ends do
  local text = mutate.text(random, texts)
  local started = os.clock()
  local problem, good = fuzzed.problem(text)
  if not problem and os.clock() - started > SLOW then problem = "took too long" end
  if not problem and rounds % 50 == 0 then problem = fuzzed.memory_problem(text) end
  if problem then keep(text, problem) end
  rounds = rounds + 1
  if good then read = read + 1 end
end
print(("ok       parse: %d texts, %d of them read, seed %d"):format(rounds, read, seed))
