-- Arithmetic with fractions in short functions and arrays: the spectral norm of an infinite matrix's corner.

local function entry(i, j)
  return 1 / ((i + j) * (i + j + 1) / 2 + i + 1)
end

local function times(v, n, out)
  for i = 0, n - 1 do
    local sum = 0
    for j = 0, n - 1 do sum = sum + entry(i, j) * v[j + 1] end
    out[i + 1] = sum
  end
end

local function times_transposed(v, n, out)
  for i = 0, n - 1 do
    local sum = 0
    for j = 0, n - 1 do sum = sum + entry(j, i) * v[j + 1] end
    out[i + 1] = sum
  end
end

local function spectral_norm(n)
  local u, v, t = {}, {}, {}
  for i = 1, n do
    u[i] = 1
    v[i] = 0
    t[i] = 0
  end
  for _ = 1, 10 do
    times(u, n, t)
    times_transposed(t, n, v)
    times(v, n, t)
    times_transposed(t, n, u)
  end
  local uv, vv = 0, 0
  for i = 1, n do
    uv = uv + u[i] * v[i]
    vv = vv + v[i] * v[i]
  end
  return math.sqrt(uv / vv)
end

print(string.format("%.9f", spectral_norm(420)))
