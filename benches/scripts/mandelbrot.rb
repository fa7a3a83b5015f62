# Arithmetic with fractions in nested loops: points inside the Mandelbrot set.

def mandelbrot(size, limit)
  inside = 0
  steps = 0
  size.times do |row|
    ci = 2.0 * row / size - 1
    size.times do |column|
      cr = 2.0 * column / size - 1.5
      zr = 0.0
      zi = 0.0
      n = 0
      while n < limit && zr * zr + zi * zi <= 4
        t = zr * zr - zi * zi + cr
        zi = 2 * zr * zi + ci
        zr = t
        n += 1
      end
      steps += n
      inside += 1 if n == limit
    end
  end
  puts "#{inside} #{steps}"
end

mandelbrot(600, 50)
mandelbrot(150, 400)
