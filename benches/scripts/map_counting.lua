-- Tables with string keys and with number keys: counting words.

local seed = 7
local function random_below(n)
  seed = seed * 16807 % 2147483647
  return seed % n
end

local words = {}
for i = 1, 200000 do
  words[i] = "word" .. random_below(1 + random_below(6000))
end

local function count_words(words)
  local counts = {}
  for _, word in ipairs(words) do
    counts[word] = (counts[word] or 0) + 1
  end
  return counts
end

local function count_lengths(words)
  local lengths = {}
  for _, word in ipairs(words) do
    local n = #word
    if lengths[n] then lengths[n] = lengths[n] + 1 else lengths[n] = 1 end
  end
  return lengths
end

local checksum = 0
for _ = 1, 12 do
  local counts = count_words(words)
  local lengths = count_lengths(words)
  for word, n in pairs(counts) do checksum = (checksum + n * n * #word) % 1000003 end
  for length, n in pairs(lengths) do checksum = (checksum + n * length) % 1000003 end
end
print(checksum)

local counts = count_words(words)
local ranked = {}
for word in pairs(counts) do ranked[#ranked + 1] = word end
table.sort(ranked)
print(#ranked .. " " .. ranked[1] .. " " .. counts[ranked[1]] .. " " .. ranked[#ranked])
