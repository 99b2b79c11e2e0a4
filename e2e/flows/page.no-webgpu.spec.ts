/** A browser without WebGPU: a clear page with what to do, and data can still be looked at. */
import { resolve } from 'node:path';
import { expect, lookEverywhere, test } from './support.ts';

test('the page says what is missing and what to do, and Data still works', async ({ page }) => {
  await page.goto('./');
  const words = page.getByTestId('no-gpu');
  await expect(words).toContainText('WebGPU');
  await expect(words.getByRole('listitem').first()).toBeVisible();
  await expect(page.getByTestId('gpu-chip')).toHaveText('No GPU');
  await lookEverywhere(page, 'no-gpu-model');

  await words.getByRole('link', { name: 'Data' }).click();
  await expect(page.getByTestId('trained-words')).toHaveText(/^600 of 600 rows train/);
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles(resolve(import.meta.dirname, '../fixtures/data/sums.csv'));
  await expect(page.getByTestId('trained-words')).toHaveText(/^12 of 12 rows train/);
  await page.getByTestId('row-view').getByText('Tokens', { exact: true }).click();
  await expect(page.getByTestId('tokens')).toContainText('<|start|>');

  await page.getByTestId('step-train').click();
  await expect(page.getByTestId('readiness')).toContainText('This browser offers no GPU to this page');
  await expect(page.getByTestId('start-run')).toBeDisabled();
  await lookEverywhere(page, 'no-gpu-train');
  await page.getByTestId('step-runs').click();
  await expect(page.getByTestId('import')).toContainText('This browser offers no GPU to this page');
  await expect(page.getByTestId('no-adapter')).toContainText('This browser offers no GPU to this page');
  await expect(page.getByTestId('import').getByRole('button', { name: 'Choose a zip' })).toBeDisabled();
  await page.getByTestId('step-compare').click();
  await expect(page.getByTestId('ask-obstacle')).toContainText('needs a GPU');
  await expect(page.getByTestId('ask')).toBeDisabled();
  await lookEverywhere(page, 'no-gpu-compare');
});
