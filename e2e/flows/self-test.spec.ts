/** The self-test of all kernels, as a person starts it. */
import { open, PATIENCE } from './page.ts';
import { expect, test } from './support.ts';

test('all kernels pass the self-test, as a person starts it', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Test all kernels' }).click();
  const verdict = page.getByTestId('self-test-verdict');
  await expect(verdict).toHaveText(/^All \d+ cases are correct on this GPU\.$/, PATIENCE);
  expect(Number(/\d+/.exec(await verdict.innerText()))).toBeGreaterThan(50);
  await expect(page.getByTestId('self-test').getByText('wrong')).toHaveCount(0);
});
