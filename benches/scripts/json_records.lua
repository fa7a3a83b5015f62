-- JSON: records encoded to text and decoded again, by plain Lua functions (Lua has no JSON of its own).

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\b"] = "\\b", ["\f"] = "\\f" }
local unescapes = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", n = "\n", r = "\r", t = "\t", b = "\b", f = "\f" }
local null = setmetatable({}, { __name = "null" })

local function escape(c)
  return escapes[c] or string.format("\\u%04x", c:byte())
end

local function put(out, value)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = '"' .. value:gsub('[%c"\\]', escape) .. '"'
  elseif kind == "number" then
    out[#out + 1] = math.type(value) == "integer" and tostring(value) or string.format("%.14g", value)
  elseif kind == "boolean" then
    out[#out + 1] = value and "true" or "false"
  elseif value == null then
    out[#out + 1] = "null"
  elseif value[1] ~= nil or next(value) == nil then
    out[#out + 1] = "["
    for i, item in ipairs(value) do
      if i > 1 then out[#out + 1] = "," end
      put(out, item)
    end
    out[#out + 1] = "]"
  else
    out[#out + 1] = "{"
    local first = true
    for key, item in pairs(value) do
      if not first then out[#out + 1] = "," end
      first = false
      put(out, key)
      out[#out + 1] = ":"
      put(out, item)
    end
    out[#out + 1] = "}"
  end
end

local function encode(value)
  local out = {}
  put(out, value)
  return table.concat(out)
end

local get

local function skip(text, at)
  return text:find("[^ \n\r\t]", at)
end

local function get_string(text, at)
  local pieces, from = nil, at + 1
  while true do
    local stop = text:find('["\\]', from)
    if not stop then error("unclosed string at " .. at) end
    local piece = text:sub(from, stop - 1)
    if text:byte(stop) == 34 then
      if not pieces then return piece, stop + 1 end
      pieces[#pieces + 1] = piece
      return table.concat(pieces), stop + 1
    end
    pieces = pieces or {}
    pieces[#pieces + 1] = piece
    local c = text:sub(stop + 1, stop + 1)
    if c == "u" then
      pieces[#pieces + 1] = utf8.char(tonumber(text:sub(stop + 2, stop + 5), 16))
      from = stop + 6
    else
      pieces[#pieces + 1] = unescapes[c] or error("bad escape at " .. stop)
      from = stop + 2
    end
  end
end

local function get_array(text, at)
  local result, count = {}, 0
  at = skip(text, at + 1)
  if text:byte(at) == 93 then return result, at + 1 end
  while true do
    local value
    value, at = get(text, at)
    count = count + 1
    result[count] = value
    at = skip(text, at)
    local c = text:byte(at)
    if c == 93 then return result, at + 1 end
    if c ~= 44 then error("expected , or ] at " .. at) end
    at = skip(text, at + 1)
  end
end

local function get_object(text, at)
  local result = {}
  at = skip(text, at + 1)
  if text:byte(at) == 125 then return result, at + 1 end
  while true do
    local key
    key, at = get_string(text, at)
    at = skip(text, at)
    if text:byte(at) ~= 58 then error("expected : at " .. at) end
    result[key], at = get(text, skip(text, at + 1))
    at = skip(text, at)
    local c = text:byte(at)
    if c == 125 then return result, at + 1 end
    if c ~= 44 then error("expected , or } at " .. at) end
    at = skip(text, at + 1)
  end
end

function get(text, at)
  local c = text:byte(at)
  if c == 34 then return get_string(text, at) end
  if c == 123 then return get_object(text, at) end
  if c == 91 then return get_array(text, at) end
  if text:find("^true", at) then return true, at + 4 end
  if text:find("^false", at) then return false, at + 5 end
  if text:find("^null", at) then return null, at + 4 end
  local _, stop = text:find("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  if not stop then error("unexpected character at " .. at) end
  return tonumber(text:sub(at, stop)), stop + 1
end

local function decode(text)
  return (get(text, skip(text, 1)))
end

local function make_record(i)
  return {
    id = i,
    name = string.format("host-%d.example.com", i),
    score = i + 0.5,
    active = i % 3 == 0,
    note = 'line one\nline "two"\ttab',
    owner = null,
    tags = { "alpha", "beta", "tag" .. i % 10 },
    address = { ip = string.format("10.0.%d.1", i % 256), port = 8000 + i % 100, open = { 22, 80, 443 } },
  }
end

local records = {}
for i = 0, 499 do records[#records + 1] = make_record(i) end

local length, sum = 0, 0
for round = 0, 59 do
  local text = encode({ round = round, records = records })
  length = length + #text
  local decoded = decode(text)
  for _, record in ipairs(decoded.records) do
    sum = sum + record.id + record.score + record.address.port + #record.tags + #record.note
    if record.active then sum = sum + 1 end
  end
end
print(length .. " " .. math.tointeger(sum))
