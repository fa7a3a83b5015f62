-- Small arrays, indexed and swapped: the pancake flips of all permutations.

local function fannkuch(n)
  local start, work, count = {}, {}, {}
  for i = 1, n do
    start[i] = i
    work[i] = i
    count[i] = 0
  end
  local max_flips, checksum, even, r = 0, 0, true, n
  while true do
    while r ~= 1 do
      count[r] = r
      r = r - 1
    end
    for i = 1, n do work[i] = start[i] end
    local flips = 0
    local top = work[1]
    while top ~= 1 do
      local i, j = 1, top
      while i < j do
        work[i], work[j] = work[j], work[i]
        i = i + 1
        j = j - 1
      end
      flips = flips + 1
      top = work[1]
    end
    if flips > max_flips then max_flips = flips end
    checksum = checksum + (even and flips or -flips)
    while true do
      if r == n then return checksum, max_flips end
      local first = start[1]
      for i = 1, r do start[i] = start[i + 1] end
      start[r + 1] = first
      count[r + 1] = count[r + 1] - 1
      if count[r + 1] > 0 then break end
      r = r + 1
    end
    even = not even
  end
end

for n = 7, 9 do
  local checksum, flips = fannkuch(n)
  print(n .. " " .. checksum .. " " .. flips)
end
