-- client.product: a new board comes into production, with its bill, its tags and its box build.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "ICT-01" } }))
local product = client.product

-- What a planning system sends: products and revisions, added or updated, two requests in all.
assert(product:bulk_save_products {
  { partNumber = "CTRL-200", name = "Controller", state = 1 },
  { partNumber = "BOX-7", name = "Control box", state = 1 },
})
assert(product:bulk_save_revisions {
  { PartNumber = "CTRL-200", revision = "1.0" }, { PartNumber = "CTRL-200", revision = "1.1" },
  { PartNumber = "BOX-7", revision = "A" },
})

-- The bill goes out as XML and is read back as records.
assert(product:update_bom("CTRL-200", "1.1", {
  { Number = "R-4K7", Rev = "A", Qty = 2, Ref = { "R1", "R2" }, Desc = "Resistor 4.7k, <1%" },
  { Number = "C-100N", Rev = "B", Qty = 1, Ref = "C1" },
}))
for _, part in ipairs(assert(product:get_bom("CTRL-200", "1.1"))) do
  print(("%d x %s at %s"):format(part.Qty, part.Number, part.Ref))
end

-- Tags stand in the record beside the bill, and do not disturb it.
assert(product:add_revision_tag("CTRL-200", "1.1", "Line", "Oslo 2"))
for _, tag in ipairs(assert(product:get_revision_tags("CTRL-200", "1.1"))) do
  print(("tag %s = %s"):format(tag.key, tag.value))
end

-- What a box is built of: changes are kept until the template is saved.
local template = assert(product:get_box_build_template("BOX-7", "A"))
assert(template:add_subunit("CTRL-200", "1.1", { quantity = 2, revision_mask = "1.%" }))
assert(template:add_subunit("PSU-24V-5A", "A"))
print("to be saved: " .. #template:pending_changes() .. " changes")
assert(template:save())
for _, part in ipairs(template:get_required_parts()) do
  print(("%s needs %d x %s/%s (or %s)"):format(template.part_number, part.quantity,
    part.part_number, part.default_revision, part.revision_mask or "no other"))
end
for _, revision in ipairs { "1.0", "2.0" } do
  print(("CTRL-200/%s fits: %s"):format(revision, template:validate_subunit("CTRL-200", revision)))
end

-- A station's morning: many at once. One that is missing stops no other.
local found, errs = product:get_many { "CTRL-200", "BOX-7", "NO-SUCH", "PCBA-100" }
for i = 1, found.n do
  print(found[i] and ("%s, revisions: %d"):format(found[i].partNumber, #found[i].revisions)
    or "nothing: " .. errs[i].kind)
end
print("in use: " .. #assert(product:get_active_products()))
