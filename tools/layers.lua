-- layers.lua - who may use whom. Checked by `make check`.

return {
  -- csrc/core, lowest first. A module includes headers of its own layer and of
  -- those below, never in a circle. A name stands for a family too: client for
  -- client_state, unless that is listed itself.
  core = {
    { -- ground floor
      "alloc", "ascii", "error", "clock", "sync", "at_fork", "buffer", "headers", "notify",
      "sha256", "crc32c", "siphash", "base64", "random", "number", "utf8", "decimal", "json_scan",
      "json_reader", "json_writer", "json_pen", "ttl", "db", "durable", "log", "request_id",
      "listener", "service",
    },
    { -- policy and figures: no I/O, the clock passed in
      "http_date", "cache_control", "cache_types", "freshness", "vary", "write_guard",
      "entity_tag", "byte_range", "condition",
      "response", "routes", "operations", "url", "retry", "rate_limiter", "circuit_breaker",
      "metrics", "exposition", "process_metrics", "report_head", "delivery",
    },
    { "cache", "http_cache", "gzip", "stream", "handles", "profile", "job", "jobs", "engine",
      "transfer", "upstream", "lifeboat", "ballast", "outbox", "httpd" },
    { "client" },
    { "uploader", "health" },
  },

  -- Headers of other libraries (Lua patterns), and who may include them.
  externals = {
    { header = "^lua", only = {} },
    { header = "^lauxlib%.h$", only = {} },
    { header = "^curl/", only = { "handles", "profile", "job", "jobs", "engine",
      "transfer", "url", "client", "process_metrics" } },
    { header = "^sqlite3%.h$", only = { "db", "outbox", "cache_rows",
      "test_cache", "test_outbox" } },
    { header = "^microhttpd%.h$", only = { "httpd", "health" } },
  },

  -- Lua modules: the first pattern that matches gives the rank, else it is 1. A
  -- module requires modules of its rank or below; a domain no other domain, but
  -- the parts of its own (wats.domain.software.files).
  lua = {
    { pattern = "^wats%.cli%f[%W]", rank = 4 },
    { pattern = "^wats%.sandbox%f[%W]", rank = 4 },
    { pattern = "^wats$", rank = 3 },
    { pattern = "^wats%.domain%.", rank = 2 },
    { pattern = "^wats%.report%f[%W]", rank = 2 },
    { pattern = "^wats%.queue%f[%W]", rank = 2 },
    { pattern = "^wats%.converter%f[%W]", rank = 2 },
  },
}
