-- Assemble a box: what it is built of stands in its box build; units are checked against that and
-- built in, and the whole is checked by the server.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "ASSEMBLY-01" } }))
local product, production = client.product, client.production

-- The design: a box of two boards, of revision B or later, and a power supply.
local function design()
  assert(product:create_product { partNumber = "BOX-7", name = "Box" })
  assert(product:create_revision("BOX-7", { revision = "1" }))
  local template <close> = assert(product:get_box_build_template("BOX-7", "1"))
  assert(template:add_subunit("PCBA-100", "B", { quantity = 2, revision_mask = "B,C%" }))
  assert(template:add_subunit("PSU-24V-5A", "A"))
end -- here it is saved

-- The units, as the stations before would have left them.
local function make_units()
  local finalized = production.PHASES.finalized
  assert(production:create_units {
    { serialNumber = "BOX-0001", partNumber = "BOX-7", revision = "1" },
    { serialNumber = "B-1", partNumber = "PCBA-100", revision = "B", unitPhaseId = finalized },
    { serialNumber = "B-2", partNumber = "PCBA-100", revision = "B" }, -- still under test
    { serialNumber = "B-3", partNumber = "PCBA-100", revision = "A", unitPhaseId = finalized },
    { serialNumber = "P-1", partNumber = "PSU-24V-5A", revision = "A", unitPhaseId = finalized },
  })
end

-- Scans one unit and builds it in. What the template rules out needs no request.
local function build_in(template, serial_number, part_number)
  local unit = assert(production:get_unit(serial_number, part_number))
  if not template:validate_subunit(unit.partNumber, unit.revision) then
    print(("%s: revision %s does not belong in a box"):format(serial_number, unit.revision))
    return false
  end
  local done, err = production:add_child_to_assembly("BOX-0001", "BOX-7",
    serial_number, part_number)
  print(serial_number .. ": " .. (done and "built in" or err.message))
  return done ~= nil
end

local function show_verdict()
  local verdict = assert(production:verify_assembly("BOX-0001", "BOX-7"))
  print("the box is " .. (verdict.valid and "complete" or "not complete"))
  for _, item in ipairs(verdict.items) do
    print(("  %d of %d %s"):format(item.count, item.quantity, item.partNumber))
  end
end

design()
make_units()
local template = assert(product:get_box_build_template("BOX-7", "1"))
for _, part in ipairs(template:get_required_parts()) do
  print(("wanted: %d x %s, revision %s"):format(part.quantity, part.part_number,
    part.revision_mask or part.default_revision))
end
build_in(template, "B-1", "PCBA-100")
build_in(template, "B-3", "PCBA-100")
build_in(template, "P-1", "PSU-24V-5A")
if not build_in(template, "B-2", "PCBA-100") then
  show_verdict()
  assert(production:set_unit_phase("B-2", "PCBA-100", "finalized")) -- its test has passed now
  build_in(template, "B-2", "PCBA-100")
end
build_in(template, "B-2", "PCBA-100") -- scanned once more
show_verdict()
assert(production:set_unit_phase("BOX-0001", "BOX-7", "finalized"))
for _, unit in ipairs(assert(production:get_unit("BOX-0001", "BOX-7")).subUnits) do
  print(("in it: %s %s revision %s"):format(unit.serialNumber, unit.partNumber, unit.revision))
end
