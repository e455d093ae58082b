-- A release of test software: made, reviewed, fetched by a station, replaced, revoked.
local wats = require("wats")
local zip = require("wats.sandbox.zip")

-- A WATS server on this machine. Yours: base_url = "https://company.wats.com", and its token.
local url = os.getenv("WATS_BASE_URL")
local server <close> = not url and assert(require("wats.sandbox").spawn()) or nil
local client <close> = assert(wats.connect { base_url = url or server.url,
  token = server and server.token })
local software = client.software

local NAME = "ICT program " .. os.time()

-- What a build server does. A zip that lies on disk is sent with { file = "ict.zip" }.
local function publish(limits)
  local package = assert(software:create_package { name = NAME,
    tags = { { key = "PartNumber", value = "PCBA-100" } } })
  assert(software:upload_zip(package.packageId, zip.write {
    { name = "ict/main.lua", body = "run(require 'limits')\n" },
    { name = "ict/data/limits.lua", body = limits },
  }))
  for _, file in ipairs(assert(software:get_package_files(package.packageId))) do
    if file.name == "main.lua" then
      assert(software:update_file_attribute(file.packageFileId, "top_level_file"))
    end
  end
  assert(software:submit_for_review(package.packageId))
  return assert(software:release_package(package.packageId))
end

-- What a station does: it takes what is released, into a directory of its own.
local directory = os.tmpname()
os.remove(directory)

local function install()
  local package = assert(software:get_released_package(NAME))
  local got = assert(software:download_package(package.packageId,
    directory .. "/" .. package.version))
  assert(software:log_download(package.packageId, got.bytes))
  print(("version %d is here: %d files, %d bytes"):format(package.version, #got.files, got.bytes))
  return package.packageId
end

publish("return { high = 3.4 }\n")
local installed = install()

local step, err = software:submit_for_review(installed)
print("back to review: " .. (step and "yes" or err.kind .. ", " .. err.message))

print("newer ones: " .. #assert(software:get_available_packages(installed)))
publish("return { high = 3.3 }\n")
print("newer ones: " .. #assert(software:get_available_packages(installed)))
local newest = install()

assert(software:revoke_package(installed))
print("revoked of mine: " .. #assert(software:get_revoked_packages { installed, newest }))

for version = 1, 2 do
  for _, name in ipairs { "ict/main.lua", "ict/data/limits.lua", "ict/data", "ict", "" } do
    os.remove(("%s/%d/%s"):format(directory, version, name))
  end
end
os.remove(directory)
