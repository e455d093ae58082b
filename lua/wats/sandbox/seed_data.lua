-- wats.sandbox.seed_data: what a sandbox knows when it starts, so that one can play at once.

local function test(code, name, description)
  return { code = code, name = name, description = description, isTestOperation = true }
end

local function repair(code, name, description)
  return { code = code, name = name, description = description, isRepairOperation = true }
end

local function product(part_number, name, category, ...)
  local revisions = {}
  for i, letter in ipairs({ ... }) do
    revisions[i] = { revision = letter, name = name .. " " .. letter }
  end
  return {
    partNumber = part_number,
    name = name,
    description = name .. ", sample of the sandbox",
    productCategoryName = category,
    revisions = revisions,
  }
end

return {
  processes = {
    test(10, "SW Debug", "Software debugging"),
    test(50, "PCBA test", "Assembled board, in-circuit and functional"),
    test(90, "Burn In test", "At raised temperature"),
    test(100, "End of line test", "Finished product"),
    repair(500, "Repair", "In production"),
    repair(510, "RMA Repair", "Of returned goods"),
  },
  levels = {
    { levelId = 1, levelName = "Oslo" },
    { levelId = 2, levelName = "Oslo line 1" },
    { levelId = 3, levelName = "Oslo line 2" },
  },
  productGroups = {
    { productGroupId = 1, productGroupName = "Power" },
    { productGroupId = 2, productGroupName = "Radio" },
  },
  products = {
    product("PCBA-100", "Controller board", "PCBA", "A", "B"),
    product("PSU-24V-5A", "Power supply 24 V 5 A", "Power", "A"),
    product("RADIO-868", "Radio module 868 MHz", "Radio", "A", "B", "C"),
  },
  serialNumberTypes = {
    { name = "SerialNumber", description = "Of a unit", format = "SN-000000", regEx = "SN-\\d{6}" },
    { name = "MACAddress", description = "Of a network port", identifier = 1 },
  },
  serialNumbers = {
    { type = "SerialNumber", startAddress = "SN-000001", endAddress = "SN-000100" },
    { type = "MACAddress", startAddress = "02-57-41-54-53-00", endAddress = "02-57-41-54-53-3F" },
    { type = "MACAddress", startAddress = "02-57-41-54-53-40", endAddress = "02-57-41-54-53-4F",
      state = "reserved" },
  },
}
