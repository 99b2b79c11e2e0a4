/** Our f32 matrix product is right and at least as fast as jax-js's, measured in turns in the same page. `npm run bench` prints both figures. */
import type { MatmulLab } from '../../lab/pages/matmul.ts';
import { expect, labUrl, test } from './support.ts';

declare const lab: MatmulLab;

test('a 512 x 512 x 512 product keeps up with jax-js', async ({ page }) => {
  await page.goto(`${labUrl}matmul.html`);
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  const figures = await page.evaluate(() => lab.measure(512, 8));
  console.log(`matmul 512^3, GFLOP/s on ${figures.adapter}: ours ${figures.ours.toFixed(2)}, jax-js ${figures.jax.toFixed(2)}`);
  expect(figures.difference).toBeLessThanOrEqual(1e-5);
  expect(figures.ours).toBeGreaterThanOrEqual(figures.jax);
});
