-- Arrays of arrays: the product of two square matrices.

local function make_matrix(n, seed)
  local rows = {}
  for i = 0, n - 1 do
    local row = {}
    for j = 0, n - 1 do row[j + 1] = (i * seed + j * 3) % 17 - 8 end
    rows[i + 1] = row
  end
  return rows
end

local function multiply(a, b, n)
  local rows = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do
      local sum = 0
      for k = 1, n do sum = sum + a[i][k] * b[k][j] end
      row[j] = sum
    end
    rows[i] = row
  end
  return rows
end

local N = 250
local product = multiply(make_matrix(N, 5), make_matrix(N, 7), N)
local checksum = 0
for _, row in ipairs(product) do
  for _, value in ipairs(row) do checksum = (checksum * 31 + value + 100000) % 1000003 end
end
print(checksum .. " " .. product[1][1] .. " " .. product[N][N])
