-- Strings that grow piece by piece, by concatenation in a loop.

local function digits(count)
  local text = ""
  for i = 0, count - 1 do text = text .. tostring(i % 10) end
  return text
end

local function table_of(rows)
  local text = ""
  for i = 0, rows - 1 do
    text = text .. "row " .. i .. ": " .. i * i .. ";"
  end
  return text
end

local function report(rows)
  local text = "<ul>"
  for i = 0, rows - 1 do
    text = text .. string.format("<li id=%05d>%d of %d</li>", i, i % 7, rows)
  end
  return text .. "</ul>"
end

local length = 0
for round = 0, 2 do
  length = length + #digits(50000 + round)
  length = length + #table_of(12000 + round)
  length = length + #report(10000 + round)
end
print(length)
local _, items = report(500):gsub("<li", "")
print(items .. " " .. digits(25) .. " " .. table_of(3))
