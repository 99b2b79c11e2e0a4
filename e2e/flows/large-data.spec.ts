/** A dataset of many rows: estimated figures at once, exact ones when all rows are counted beside the page, again after a reload, and a run that does not wait for its start. */
import type { Page } from '@playwright/test';
import { open } from './page.ts';
import { expect, test } from './support.ts';

const ROWS = 20_000;
const rows = Array.from({ length: ROWS }, (_, i) =>
  JSON.stringify({
    reasoning_language: i % 2 ? 'German' : 'French',
    user: `Was ist ${i} plus ${i + 1}?`,
    analysis: `Ich addiere ${i} und ${i + 1}. Das Ergebnis ist ${2 * i + 1}. `.repeat(4),
    final: `Es ist ${2 * i + 1}.`,
  }),
).join('\n');

test('figures come from a sample, then from all rows; a run started between waits for them', async ({ page }) => {
  await open(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles({ name: 'many.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(rows) });
  const words = page.getByTestId('trained-words');
  await expect(words).toHaveText(/^About .* estimated from [\d,]+ rows\. All rows are being counted\./);
  await page.screenshot({ path: 'test-results/data-counting.png' });
  await page.evaluate(() => (location.hash = '#/train'));
  await expect(page.getByTestId('estimated')).toContainText('Estimated from');
  await page.screenshot({ path: 'test-results/train-estimated.png' });
  await expect(page.getByTestId('start-run')).toBeEnabled();
  await page.getByTestId('start-run').click();
  await expect(page.getByTestId('task-prepare')).toContainText(/of 20,000 rows/, { timeout: 60_000 });
  await page.screenshot({ path: 'test-results/train-preparing.png' });
  await expect(page.getByTestId('live')).toHaveAttribute('data-phase', 'training', { timeout: 200_000 });
  await page.getByTestId('run-strip').getByRole('button', { name: 'Stop and keep' }).click();
  await page.evaluate(() => (location.hash = '#/data'));
  await expect(words).toHaveText(/^20,000 of 20,000 rows train/, { timeout: 60_000 });
  await page.screenshot({ path: 'test-results/data-counted.png' });
  expect(await keptEncodings(page), 'what was counted is kept for the next visit').toBeGreaterThan(0);
  await page.reload();
  await expect(words).toHaveText(/^20,000 of 20,000 rows train/, { timeout: 60_000 });
});

/** Records of whole encodings on the page's private disk. */
async function keptEncodings(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('mother-tongue-encoded');
    let records = 0;
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) if (name.endsWith('.json')) records++;
    return records;
  });
}
