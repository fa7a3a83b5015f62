-- Arithmetic with fractions in nested loops: points inside the Mandelbrot set.

local function mandelbrot(size, limit)
  local inside, steps = 0, 0
  for row = 0, size - 1 do
    local ci = 2 * row / size - 1
    for column = 0, size - 1 do
      local cr = 2 * column / size - 1.5
      local zr, zi = 0, 0
      local n = 0
      while n < limit and zr * zr + zi * zi <= 4 do
        local t = zr * zr - zi * zi + cr
        zi = 2 * zr * zi + ci
        zr = t
        n = n + 1
      end
      steps = steps + n
      if n == limit then inside = inside + 1 end
    end
  end
  print(inside .. " " .. steps)
end

mandelbrot(600, 50)
mandelbrot(150, 400)
