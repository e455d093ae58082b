-- Written by `make rockspec`: change tools/rockspec.lua instead.
rockspec_format = "3.0"
package = "wats"
version = "scm-1"
-- For use from a checkout: luarocks --lua-version=5.4 make
source = {
  url = "git+file://.",
}
description = {
  summary = "Client of a factory test station for a WATS server",
  detailed = [[
Reports, look-ups and metrics for test automation in Lua: HTTP with a response
cache, retries and connection reuse in a C core, domain services and a report
builder in Lua, and a local server to develop against.]],
  license = "MIT",
  labels = { "http", "test", "manufacturing", "metrics" },
}
dependencies = {
  "lua >= 5.4, < 5.5",
  "lua-cjson >= 2.1.0",
  "argparse >= 0.7.1",
}
-- No header is named: LuaRocks does not know Debian's directory of them, the
-- compiler does.
external_dependencies = {
  platforms = {
    linux = {
      CURL = { library = "curl" },
      MICROHTTPD = { library = "microhttpd" },
      ZLIB = { library = "z" },
    },
    macosx = { CURL = {}, MICROHTTPD = {}, ZLIB = {} },
  },
}
build = {
  type = "builtin",
  modules = {
    ["wats.core"] = {
      sources = {
        "csrc/core/alloc.c",
        "csrc/core/base64.c",
        "csrc/core/buffer.c",
        "csrc/core/cache_control.c",
        "csrc/core/cache_entry.c",
        "csrc/core/cache_figures.c",
        "csrc/core/clock.c",
        "csrc/core/crc32c.c",
        "csrc/core/error.c",
        "csrc/core/exposition.c",
        "csrc/core/exposition_json.c",
        "csrc/core/freshness.c",
        "csrc/core/gzip.c",
        "csrc/core/headers.c",
        "csrc/core/http_cache.c",
        "csrc/core/http_date.c",
        "csrc/core/httpd.c",
        "csrc/core/metrics_family.c",
        "csrc/core/metrics_names.c",
        "csrc/core/metrics_registry.c",
        "csrc/core/metrics_text.c",
        "csrc/core/metrics_value.c",
        "csrc/core/number.c",
        "csrc/core/operations.c",
        "csrc/core/random.c",
        "csrc/core/response.c",
        "csrc/core/routes.c",
        "csrc/core/sha256.c",
        "csrc/core/siphash.c",
        "csrc/core/sync.c",
        "csrc/core/ttl_limbo.c",
        "csrc/core/ttl_lru.c",
        "csrc/core/ttl_slots.c",
        "csrc/core/ttl_wheel.c",
        "csrc/core/vary.c",
        "csrc/core/write_guard.c",
        "csrc/lua_core.c",
        "csrc/lua_gzip.c",
        "csrc/lua_httpd.c",
        "csrc/lua_operations.c",
        "csrc/lua_process.c",
        "csrc/lua_util.c",
      },
      defines = { "_GNU_SOURCE" },
      incdirs = {
        "csrc", "include", "$(CURL_INCDIR)", "$(MICROHTTPD_INCDIR)", "$(ZLIB_INCDIR)",
      },
      libdirs = { "$(CURL_LIBDIR)", "$(MICROHTTPD_LIBDIR)", "$(ZLIB_LIBDIR)" },
      libraries = { "curl", "microhttpd", "z", "pthread" },
    },
    ["wats.cli.main"] = "lua/wats/cli/main.lua",
    ["wats.cli.sandbox"] = "lua/wats/cli/sandbox.lua",
    ["wats.instant"] = "lua/wats/instant.lua",
    ["wats.operations"] = "lua/wats/operations.lua",
    ["wats.operations.app"] = "lua/wats/operations/app.lua",
    ["wats.operations.asset"] = "lua/wats/operations/asset.lua",
    ["wats.operations.auth"] = "lua/wats/operations/auth.lua",
    ["wats.operations.barcode_identifiers"] = "lua/wats/operations/barcode_identifiers.lua",
    ["wats.operations.export"] = "lua/wats/operations/export.lua",
    ["wats.operations.product"] = "lua/wats/operations/product.lua",
    ["wats.operations.production"] = "lua/wats/operations/production.lua",
    ["wats.operations.report"] = "lua/wats/operations/report.lua",
    ["wats.operations.root_cause"] = "lua/wats/operations/root_cause.lua",
    ["wats.operations.scim"] = "lua/wats/operations/scim.lua",
    ["wats.operations.software"] = "lua/wats/operations/software.lua",
    ["wats.operations.system_manager"] = "lua/wats/operations/system_manager.lua",
    ["wats.operations.workflow"] = "lua/wats/operations/workflow.lua",
    ["wats.options"] = "lua/wats/options.lua",
    ["wats.report.given"] = "lua/wats/report/given.lua",
    ["wats.report.limits"] = "lua/wats/report/limits.lua",
    ["wats.report.measurement"] = "lua/wats/report/measurement.lua",
    ["wats.report.status"] = "lua/wats/report/status.lua",
    ["wats.sandbox.app"] = "lua/wats/sandbox/app.lua",
    ["wats.sandbox.checks"] = "lua/wats/sandbox/checks.lua",
    ["wats.sandbox.child"] = "lua/wats/sandbox/child.lua",
    ["wats.sandbox.controls"] = "lua/wats/sandbox/controls.lua",
    ["wats.sandbox.errors"] = "lua/wats/sandbox/errors.lua",
    ["wats.sandbox.faults"] = "lua/wats/sandbox/faults.lua",
    ["wats.sandbox.header"] = "lua/wats/sandbox/header.lua",
    ["wats.sandbox"] = "lua/wats/sandbox/init.lua",
    ["wats.sandbox.journal"] = "lua/wats/sandbox/journal.lua",
    ["wats.sandbox.json"] = "lua/wats/sandbox/json.lua",
    ["wats.sandbox.odata_filter"] = "lua/wats/sandbox/odata_filter.lua",
    ["wats.sandbox.odata_functions"] = "lua/wats/sandbox/odata_functions.lua",
    ["wats.sandbox.odata_lexer"] = "lua/wats/sandbox/odata_lexer.lua",
    ["wats.sandbox.odata_query"] = "lua/wats/sandbox/odata_query.lua",
    ["wats.sandbox.product"] = "lua/wats/sandbox/product.lua",
    ["wats.sandbox.report"] = "lua/wats/sandbox/report.lua",
    ["wats.sandbox.respond"] = "lua/wats/sandbox/respond.lua",
    ["wats.sandbox.router"] = "lua/wats/sandbox/router.lua",
    ["wats.sandbox.seed"] = "lua/wats/sandbox/seed.lua",
    ["wats.sandbox.seed_data"] = "lua/wats/sandbox/seed_data.lua",
    ["wats.sandbox.server"] = "lua/wats/sandbox/server.lua",
    ["wats.sandbox.store"] = "lua/wats/sandbox/store.lua",
    ["wats.sandbox.time"] = "lua/wats/sandbox/time.lua",
    ["wats.sandbox.wsjf"] = "lua/wats/sandbox/wsjf.lua",
    ["wats.sandbox.wsjf_steps"] = "lua/wats/sandbox/wsjf_steps.lua",
  },
  install = {
    bin = { wats = "bin/wats" },
  },
}
test = {
  type = "command",
  command = "make test",
}
