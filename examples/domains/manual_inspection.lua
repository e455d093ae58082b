-- An inspection by hand: from the draft to production, and on to the next version.
-- With WATS_BASE_URL and WATS_AUTH_TOKEN it lists the definitions of your server and changes none.
local wats = require("wats")
local server = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token } or {}))
local mi = client.manual_inspection

local STATUS = {} -- the server's numbers, as words
for name, number in pairs(mi.STATUSES) do STATUS[number] = name end

local function show(title)
  print(title)
  for _, definition in ipairs(assert(mi:get_definitions())) do
    print(("  %s, version %d: %s"):format(definition.Name, definition.Version,
      STATUS[definition.Status]))
  end
end

if not server then return show("definitions:") end

-- What operators of a unit get to see.
local function to_do(part_number)
  local names = {}
  for i, sequence in ipairs(assert(mi:get_sequences { serial_number = "SN-1",
    part_number = part_number })) do
    names[i] = ("%s version %d"):format(sequence.Name, sequence.Version)
  end
  print(("%s: %s"):format(part_number, #names > 0 and table.concat(names, ", ") or "nothing"))
end

local draft = assert(mi:create_inspection {
  Name = "Solder joints", Description = "Look at each joint", OnFailRequireRepair = "optional",
})
local id = draft.TestSequenceDefinitionId
assert(mi:create_relation(id, { EntitySchema = "product", EntityName = "product",
  EntityKey = "partnumber", EntityValue = "PCBA-%" }))
show("made:")
to_do("PCBA-100")

local released, err = mi:release_inspection(id)
print(released and "released" or "not yet: " .. err.message)
assert(mi:move_to_pending(id))
assert(mi:release_inspection(id))
show("released:")
to_do("PCBA-100")
to_do("PSU-24V-5A")

-- What is released stays as it is. To change it, go on with a copy.
local changed
changed, err = mi:update_definition(id, { Description = "Look twice" })
print(changed and "changed" or "no: " .. err.message)
local copy = assert(mi:copy_inspection(id))
assert(mi:update_definition(copy.TestSequenceDefinitionId, { Description = "Look twice" }))
assert(mi:move_to_pending(copy.TestSequenceDefinitionId))
assert(mi:release_inspection(copy.TestSequenceDefinitionId))
show("the next version:")
to_do("PCBA-100")
server:stop()
