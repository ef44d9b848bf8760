// How many corners the drawn polygon has: the strongest harmonic of its outline around the middle.
() => {
  const c = document.querySelector('#c'), p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  const far = [];
  for (let a = 0; a < 360; a++) {
    let r = 50;
    const on = r => p[4 * (Math.round(50 + r * Math.sin(a * Math.PI / 180)) * c.width + Math.round(75 + r * Math.cos(a * Math.PI / 180))) + 3] > 60;
    while (r > 10 && !on(r)) r -= 0.25;
    far.push(r);
  }
  let best = 3, most = 0;
  for (let n = 3; n <= 7; n++) {
    let x = 0, y = 0;
    far.forEach((r, a) => { x += r * Math.cos(n * a * Math.PI / 180); y += r * Math.sin(n * a * Math.PI / 180); });
    if (Math.hypot(x, y) > most) [best, most] = [n, Math.hypot(x, y)];
  }
  return best;
}
