-- Splits 50 MB of text into lines and into words and joins them again.

local function split(text, separator)
  local parts, count, from = {}, 0, 1
  while true do
    local at, last = text:find(separator, from, true)
    count = count + 1
    if not at then
      parts[count] = text:sub(from)
      return parts
    end
    parts[count] = text:sub(from, at - 1)
    from = last + 1
  end
end

local file = assert(io.open(arg[1], "rb"))
local text = file:read("a")
file:close()
local lines = split(text, "\n")
print(#lines .. " " .. lines[1001])
print(#table.concat(lines, "\r\n"))
local words = split(text, " ")
print(#words .. " " .. words[1000001])
print(#table.concat(words, ", "))
