-- wats.report.html_parts: tables and attachments on the page of a report.

local escape = require("wats.report.escape")
local extras = require("wats.report.extras")

local html_parts = {}

local html = escape.html

local function cells(tag, row, right)
  local parts = {}
  for i, text in ipairs(row) do
    parts[i] = ("<%s%s>%s</%s>"):format(tag, right[i] and ' class="num"' or "", html(text), tag)
  end
  return ("<tr>%s</tr>"):format(table.concat(parts))
end

-- A table; `caption`: with its title.
---@param data wats.report.Table
---@param caption? boolean
---@return string
function html_parts.table(data, caption)
  local parts = { "<table>", caption and ("<caption>%s</caption>"):format(html(data.title)) or "",
    "<thead>", cells("th", data.columns, data.right), "</thead><tbody>" }
  for _, row in ipairs(data.rows) do parts[#parts + 1] = cells("td", row, data.right) end
  parts[#parts + 1] = "</tbody></table>"
  return table.concat(parts)
end

-- What a page may show of itself; a drawing in SVG runs no script when it is an image.
local IMAGES = {
  ["image/png"] = true, ["image/jpeg"] = true, ["image/jpg"] = "image/jpeg", ["image/gif"] = true,
  ["image/webp"] = true, ["image/bmp"] = true, ["image/svg+xml"] = true,
}

local function image_type(file)
  local kind = file.content_type:lower():match("^[^;%s]*")
  local known = IMAGES[kind]
  return known and (known == true and kind or known)
end

-- An attachment: name, type and size; an image that is small enough is shown.
---@param file wats.report.Attachment
---@param options { image_limit: integer }
---@return string
function html_parts.attachment(file, options)
  local kind, size = file.content_type, extras.size(file)
  local text = ("%s%s, %s"):format(file.name, kind ~= "" and ", " .. kind or "", size)
  local image = image_type(file)
  if not image or not file.data or file.size > options.image_limit then
    return ('<p class="f"><b>attachment</b> %s</p>'):format(html(text))
  end
  return ('<figure><figcaption>%s</figcaption><img alt="%s" src="data:%s;base64,%s"/></figure>')
    :format(html(text), html(file.name), image, (file.data:gsub("%s", "")))
end

-- The list of all attachments. Those of steps are shown there; the list leads to them.
---@param out string[]
---@param files wats.report.Attachment[]
---@param options { image_limit: integer }
function html_parts.attachments(out, files, options)
  out[#out + 1] = "<table><thead><tr><th>Name</th><th>Type</th><th class=\"num\">Size</th>"
    .. "<th>Of</th></tr></thead><tbody>"
  for _, file in ipairs(files) do
    local owner = html(file.owner)
    if file.entry then owner = ('<a href="#s%d">%s</a>'):format(file.entry.number, owner) end
    out[#out + 1] = ('<tr><td>%s</td><td>%s</td><td class="num">%s</td><td>%s</td></tr>'):format(
      html(file.name), html(file.content_type), html(extras.size(file)), owner)
  end
  out[#out + 1] = "</tbody></table>"
  for _, file in ipairs(files) do
    if not file.entry and file.data and image_type(file) and file.size <= options.image_limit then
      out[#out + 1] = html_parts.attachment(file, options)
    end
  end
end

return html_parts
