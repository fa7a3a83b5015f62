-- Allocation of small tables: trees that are built, walked and dropped while one long-lived tree stays.

local function bottom_up(depth)
  if depth == 0 then return { left = nil, right = nil } end
  return { left = bottom_up(depth - 1), right = bottom_up(depth - 1) }
end

local function check(tree)
  if tree.left == nil then return 1 end
  return 1 + check(tree.left) + check(tree.right)
end

local MAX_DEPTH = 15

local long_lived = bottom_up(MAX_DEPTH)
for depth = 4, MAX_DEPTH, 4 do
  local iterations = 1 << (MAX_DEPTH - depth + 4)
  local total = 0
  for _ = 1, iterations do total = total + check(bottom_up(depth)) end
  print(iterations .. " " .. depth .. " " .. total)
end
print(check(long_lived))
