--- Metrics: counters, gauges and histograms that Lua code and the core share.
--
-- A registry holds metrics by name. A metric without labels is used as it is; one with labels has
-- a child per combination of label values, had by `labels` (keep it: that is the fast way) or
-- named in each call. Counting takes no lock and costs about as much as an empty method call, a
-- function had by `bind` half of that. All Lua states of the process share `default()`, where the
-- client's own figures (`wats_*`) and the process's (`process_*`) are.
--
-- A metric has at most 1,000 children; further label values count in one child whose labels are
-- all "overflow", and `wats_metrics_overflow_total{family}` says how often that happened. So no
-- serial numbers and no raw paths in labels.
--
-- What the caller does wrong (a bad name, a label missing, a counter to be decreased) raises.

local core = require "wats.core"

---@alias wats.metrics.value string|number|boolean what a label may be set to
---@alias wats.metrics.labels table<string, wats.metrics.value>
---@alias wats.metrics.format "prometheus"|"openmetrics"|"json"
---@alias wats.metrics.buckets { buckets: number[] } ascending upper bounds; else 5 ms to 10 s

-- Each has more methods. `value([labels])`: the number; of a histogram, how many observations and
-- their sum. `labels(value, ...)`, in the order of the names, or `labels { name = value }`: the
-- child. `bind()`: a function that does `inc`, `set` or `observe` on this child. Where `labels`
-- come last, a metric with labels names the child in the call. `remove`, with labels as `labels`
-- takes them: that child is shown no longer, and begins at 0 when it is asked for again; tells
-- whether it was there. `clear()` removes all children; without labels, the figure begins at 0.

---@class wats.metrics.counter : userdata only grows
---@field inc fun(self, n?: number, labels?: wats.metrics.labels) adds 1, or n >= 0
---@field value fun(self, labels?: wats.metrics.labels): number
---@field labels fun(self, ...: wats.metrics.value|wats.metrics.labels): wats.metrics.counter
---@field bind fun(self): fun(n?: number)
---@field remove fun(self, ...: wats.metrics.value|wats.metrics.labels): boolean
---@field clear fun(self)

---@class wats.metrics.gauge : userdata goes up and down
---@field set fun(self, value: number, labels?: wats.metrics.labels)
---@field inc fun(self, n?: number, labels?: wats.metrics.labels)
---@field dec fun(self, n?: number, labels?: wats.metrics.labels)
---@field value fun(self, labels?: wats.metrics.labels): number
---@field labels fun(self, ...: wats.metrics.value|wats.metrics.labels): wats.metrics.gauge
---@field bind fun(self): fun(value: number)
---@field remove fun(self, ...: wats.metrics.value|wats.metrics.labels): boolean
---@field clear fun(self)

---@class wats.metrics.histogram : userdata counts values by size
---@field observe fun(self, value: number, labels?: wats.metrics.labels)
---@field value fun(self, labels?: wats.metrics.labels): integer, number
---@field labels fun(self, ...: wats.metrics.value|wats.metrics.labels): wats.metrics.histogram
---@field bind fun(self): fun(value: number)
---@field remove fun(self, ...: wats.metrics.value|wats.metrics.labels): boolean
---@field clear fun(self)

-- counter, gauge, histogram: the metric of that name, made when there is none; a counter's name
-- ends in "_total". `render`: all of them as text. `write_file` writes that text beside `path` and
-- renames it: for node_exporter's textfile collector, which sees whole pages only.
-- `time(histogram, f, ...)` calls f(...) and observes the seconds that it took, also when it
-- raises; results and errors pass on as they are.

---@class wats.metrics.family
---@field name string
---@field type "counter"|"gauge"|"histogram"
---@field help string
---@field labels string[]

---@class wats.metrics.registry : userdata
---@field counter fun(self, name: string, help: string, labels?: string[]): wats.metrics.counter
---@field gauge fun(self, name: string, help: string, labels?: string[]): wats.metrics.gauge
---@field histogram fun(self, name: string, help: string, labels?: string[],
---  options?: wats.metrics.buckets): wats.metrics.histogram
---@field render fun(self, format?: wats.metrics.format): string
---@field write_file fun(self, path: string, format?: wats.metrics.format): boolean?, wats.Error?
---@field families fun(self): wats.metrics.family[]  in order of name, children or not
---@field time fun(self, histogram: wats.metrics.histogram, f: function, ...): ...

local metrics = {}

--- The registry that the whole process shares.
---@return wats.metrics.registry
function metrics.default()
  return core.metrics_default()
end

--- A registry of one's own.
---@return wats.metrics.registry
function metrics.new()
  return core.metrics_new()
end

--- A function that calls `f`, observes in `histogram` how many seconds that took, and counts in
--- `errors` the calls that raised or returned nil and an error. Results and errors pass on as they
--- are, and `f` may yield. Without `errors` a counter is made beside the histogram, with its
--- labels: "step_duration_seconds" gets "step_errors_total".
---@generic F: function
---@param f F
---@param histogram wats.metrics.histogram  a child, where it has labels
---@param errors? wats.metrics.counter|false  false: none are counted
---@return F
---@diagnostic disable-next-line: unused-local, missing-return
function metrics.wrap(f, histogram, errors) end -- luacheck: ignore 212

metrics.wrap = core.metrics_wrap

return metrics
