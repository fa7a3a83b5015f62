-- Counts the words of 50 MB of text and shows the most frequent.

local counts = {}
for line in io.lines(arg[1]) do
  for word in line:gmatch("[^ ]+") do
    counts[word] = (counts[word] or 0) + 1
  end
end
local ranked = {}
for word, count in pairs(counts) do
  ranked[#ranked + 1] = {word, count}
end
table.sort(ranked, function(a, b) return a[2] > b[2] end)
print(#ranked)
for place = 1, 10 do print(ranked[place][1] .. " " .. ranked[place][2]) end
