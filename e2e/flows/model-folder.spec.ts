/** A model of the user's own machine: a folder in Hugging Face layout takes the bundled one's place, answers, and gives way again. */
import { resolve } from 'node:path';
import { ask, go, open, PATIENCE, readAnswer, settled } from './page.ts';
import { expect, test } from './support.ts';

const mini = resolve(import.meta.dirname, '../../public/models/mini');

test('a folder opens, is ready to train and answers; after a reload the bundled model is there and answers alike', async ({ page }) => {
  await open(page);
  await page.getByTestId('model-folder').setInputFiles(mini);
  const summary = page.getByTestId('model-summary');
  await expect(summary.getByRole('heading', { level: 2 }).first()).toHaveText('mini', PATIENCE);
  await expect(summary).toContainText('MXFP4');
  await go(page, 'train');
  await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
  await go(page, 'compare');
  await page.getByTestId('sampling').click();
  await page.getByTestId('sampling-max_new_tokens').fill('24');
  await page.keyboard.press('Escape');
  await ask(page, '¿Cuál es la capital de Noruega?');
  const own = await readAnswer(page, 'base', 'German');
  expect(own.thought).not.toBe('');

  await page.reload();
  await settled(page);
  await go(page, 'model');
  await expect(page.getByText('Last time you used mini'), 'a page may not open a folder again by itself').toBeVisible();
  await go(page, 'compare');
  await ask(page, '¿Cuál es la capital de Noruega?');
  expect((await readAnswer(page, 'base', 'German')).thought).toBe(own.thought);
});
