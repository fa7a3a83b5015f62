// Arithmetic with fractions in nested loops: points inside the Mandelbrot set.

function mandelbrot(size, limit) {
  let inside = 0;
  let steps = 0;
  for (let row = 0; row < size; row++) {
    const ci = (2 * row) / size - 1;
    for (let column = 0; column < size; column++) {
      const cr = (2 * column) / size - 1.5;
      let zr = 0;
      let zi = 0;
      let n = 0;
      while (n < limit && zr * zr + zi * zi <= 4) {
        const t = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = t;
        n++;
      }
      steps += n;
      if (n === limit) inside++;
    }
  }
  console.log(`${inside} ${steps}`);
}

mandelbrot(600, 50);
mandelbrot(150, 400);
