-- Backtracking: the ways to place queens that do not attack each other.

local function safe(columns, row, column)
  for other = 1, row - 1 do
    local distance = columns[other] - column
    if distance == 0 or distance == row - other or distance == other - row then return false end
  end
  return true
end

local function place(columns, row, size)
  if row > size then return 1 end
  local ways = 0
  for column = 1, size do
    if safe(columns, row, column) then
      columns[row] = column
      ways = ways + place(columns, row + 1, size)
    end
  end
  return ways
end

for size = 6, 11 do
  local columns = {}
  for i = 1, size do columns[i] = 0 end
  print(size .. " " .. place(columns, 1, size))
end
