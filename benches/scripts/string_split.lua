-- Text taken apart and put together: lines, fields, trimming, replacing, joining.

local function split(text, separator)
  local pieces, count, from = {}, 0, 1
  if separator == "" then
    for character in text:gmatch(utf8.charpattern) do
      count = count + 1
      pieces[count] = character
    end
    return pieces
  end
  while true do
    local start, stop = text:find(separator, from, true)
    count = count + 1
    if not start then
      pieces[count] = text:sub(from)
      return pieces
    end
    pieces[count] = text:sub(from, start - 1)
    from = stop + 1
  end
end

local rows = {}
for i = 0, 3999 do
  rows[#rows + 1] = string.format("%d, host-%d.example.com ,%d,open;closed;filtered", i, i % 97, i * 7919 % 65536)
end
local text = table.concat(rows, "\n")

local function scan(text)
  local ports, states, names = 0, 0, {}
  for _, line in ipairs(split(text, "\n")) do
    local fields = split(line, ",")
    local name = fields[2]:match("^%s*(.-)%s*$")
    ports = ports + math.tointeger(fields[3])
    states = states + #split(fields[4], ";")
    names[#names + 1] = name:upper()
  end
  return ports, states, #table.concat(names, " ")
end

local total = 0
for _ = 1, 30 do
  local ports, states, length = scan(text)
  total = total + ports + states * length
end
print(total)

local words = 0
for _ = 1, 30 do
  words = words + #text:gsub("example", "test")
  words = words + #split(text, ".")
  words = words + #split(text, "")
end
print(words)
