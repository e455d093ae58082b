std = "lua54"
max_line_length = 100
include_files = { "**/*.lua", "rockspec/*.rockspec", ".busted", ".luacheckrc" }
exclude_files = { "build" }
files["spec"] = { std = "+busted" }
files["rockspec"] = { std = "rockspec", max_line_length = false }
files[".luacheckrc"] = { std = "luacheckrc" }
