/**
 * The hues of languages by measure: each stands out against its ground in light and dark (3 to 1, as WCAG asks of graphics), any two are apart to
 * normal eyes, and the first five also to eyes without red or green receptors (Viénot's simulation).
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HUES } from '../state/languages.ts';

type Rgb = [number, number, number];

const css = readFileSync(new URL('page.css', import.meta.url), 'utf8');
const schemes = { light: css.slice(0, css.indexOf(':root[data-')), dark: css.slice(css.indexOf(':root[data-')) };

function colour(scheme: keyof typeof schemes, name: string): Rgb {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(schemes[scheme])![1]!;
  return [0, 2, 4].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255)) as Rgb;
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Distance in Oklab, times 100. */
function distance(a: Rgb, b: Rgb): number {
  const [p, q] = [oklab(a), oklab(b)];
  return 100 * Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const SIMULATIONS: Record<string, (colour: Rgb) => Rgb> = {
  protanopia: ([r, g, b]) => [0.11238 * r + 0.88762 * g, 0.11238 * r + 0.88762 * g, 0.00401 * r - 0.00401 * g + b],
  deuteranopia: ([r, g, b]) => [0.29275 * r + 0.70725 * g, 0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b],
};

it.each(['light', 'dark'] as const)('hues of languages are seen and told apart in %s', (scheme) => {
  const panel = colour(scheme, 'panel');
  const hues = Array.from({ length: HUES }, (_, i) => colour(scheme, `language-${i + 1}`));
  hues.forEach((hue, i) => {
    expect(contrast(hue, panel), `hue ${i + 1}`).toBeGreaterThanOrEqual(3);
    for (let j = 0; j < i; j++) expect(distance(hue, hues[j]!), `hues ${j + 1} and ${i + 1}`).toBeGreaterThan(5);
  });
  for (const [name, simulate] of Object.entries(SIMULATIONS))
    for (let i = 0; i < 5; i++)
      for (let j = 0; j < i; j++)
        expect(distance(simulate(hues[i]!), simulate(hues[j]!)), `${name}: hues ${j + 1} and ${i + 1}`).toBeGreaterThan(4);
});
