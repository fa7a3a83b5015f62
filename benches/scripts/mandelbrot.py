# Arithmetic with fractions in nested loops: points inside the Mandelbrot set.


def mandelbrot(size, limit):
    inside = 0
    steps = 0
    for row in range(size):
        ci = 2 * row / size - 1
        for column in range(size):
            cr = 2 * column / size - 1.5
            zr = 0
            zi = 0
            n = 0
            while n < limit and zr * zr + zi * zi <= 4:
                t = zr * zr - zi * zi + cr
                zi = 2 * zr * zi + ci
                zr = t
                n += 1
            steps += n
            if n == limit:
                inside += 1
    print(inside, steps)


mandelbrot(600, 50)
mandelbrot(150, 400)
