-- Strings read byte by byte and rows of numbers: edit distances between random words.

local seed = 11
local function random_text(length)
  local text = ""
  for _ = 1, length do
    seed = seed * 16807 % 2147483647
    local at = seed % 4 + 1
    text = text .. ("acgt"):sub(at, at)
  end
  return text
end

local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local best = diagonal + cost
      diagonal = row[j]
      if diagonal + 1 < best then best = diagonal + 1 end
      if row[j - 1] + 1 < best then best = row[j - 1] + 1 end
      row[j] = best
    end
  end
  return row[#b]
end

local total = 0
for round = 0, 19 do
  total = total + distance(random_text(500 + round), random_text(520 - round))
end
print(total .. " " .. distance("kitten", "sitting"))
