// Field reads and writes with fractions: five bodies under gravity.

const PI = 3.141592653589793;
const SOLAR_MASS = 4 * PI * PI;
const DAYS = 365.24;

const bodies = [
  { x: 0, y: 0, z: 0, vx: 0, vy: 0, vz: 0, mass: SOLAR_MASS },
  {
    x: 4.8414314424647209, y: -1.16032004402742839, z: -0.103622044471123109,
    vx: 0.00166007664274403694 * DAYS, vy: 0.00769901118419740425 * DAYS, vz: -0.0000690460016972063023 * DAYS,
    mass: 0.000954791938424326609 * SOLAR_MASS,
  },
  {
    x: 8.34336671824457987, y: 4.12479856412430479, z: -0.403523417114321381,
    vx: -0.00276742510726411 * DAYS, vy: 0.00499852801234917238 * DAYS, vz: 0.0000230417297573763929 * DAYS,
    mass: 0.000285885980666130812 * SOLAR_MASS,
  },
  {
    x: 12.894369562139131, y: -15.1111514016986312, z: -0.223307578892655734,
    vx: 0.00296460137564761618 * DAYS, vy: 0.0023784717395948095 * DAYS, vz: -0.0000296589568540237556 * DAYS,
    mass: 0.0000436624404335156298 * SOLAR_MASS,
  },
  {
    x: 15.3796971148509165, y: -25.9193146099879641, z: 0.179258772950371181,
    vx: 0.00268067772490389322 * DAYS, vy: 0.00162824170038242295 * DAYS, vz: -0.000095159225451971587 * DAYS,
    mass: 0.0000515138902046611451 * SOLAR_MASS,
  },
];

function offsetMomentum(bodies) {
  let px = 0;
  let py = 0;
  let pz = 0;
  for (const body of bodies) {
    px += body.vx * body.mass;
    py += body.vy * body.mass;
    pz += body.vz * body.mass;
  }
  bodies[0].vx = -px / SOLAR_MASS;
  bodies[0].vy = -py / SOLAR_MASS;
  bodies[0].vz = -pz / SOLAR_MASS;
}

function advance(bodies, dt) {
  const count = bodies.length;
  for (let i = 0; i < count; i++) {
    const a = bodies[i];
    for (let j = i + 1; j < count; j++) {
      const b = bodies[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      const square = dx * dx + dy * dy + dz * dz;
      const mag = dt / (square * Math.sqrt(square));
      a.vx -= dx * b.mass * mag;
      a.vy -= dy * b.mass * mag;
      a.vz -= dz * b.mass * mag;
      b.vx += dx * a.mass * mag;
      b.vy += dy * a.mass * mag;
      b.vz += dz * a.mass * mag;
    }
  }
  for (const body of bodies) {
    body.x += dt * body.vx;
    body.y += dt * body.vy;
    body.z += dt * body.vz;
  }
}

function energy(bodies) {
  let total = 0;
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    total += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz);
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      total -= (a.mass * b.mass) / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return total;
}

offsetMomentum(bodies);
console.log(energy(bodies).toFixed(9));
for (let step = 0; step < 200000; step++) advance(bodies, 0.01);
console.log(energy(bodies).toFixed(9));
