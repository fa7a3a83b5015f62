# Arithmetic with fractions in short functions and arrays: the spectral norm of an infinite matrix's corner.

def entry(i, j)
  1.0 / ((i + j) * (i + j + 1) / 2 + i + 1)
end

def times(v, n, out)
  n.times do |i|
    sum = 0
    n.times { |j| sum += entry(i, j) * v[j] }
    out[i] = sum
  end
end

def times_transposed(v, n, out)
  n.times do |i|
    sum = 0
    n.times { |j| sum += entry(j, i) * v[j] }
    out[i] = sum
  end
end

def spectral_norm(n)
  u = Array.new(n, 1)
  v = Array.new(n, 0)
  t = Array.new(n, 0)
  10.times do
    times(u, n, t)
    times_transposed(t, n, v)
    times(v, n, t)
    times_transposed(t, n, u)
  end
  uv = vv = 0
  n.times do |i|
    uv += u[i] * v[i]
    vv += v[i] * v[i]
  end
  Math.sqrt(uv / vv)
end

puts format("%.9f", spectral_norm(420))
