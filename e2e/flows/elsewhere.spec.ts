/**
 * What comes from outside of the page, on one page: datasets of the Hub by their names, drops anywhere, another tab that trains, a GPU that is lost.
 * Each is said once, in one place, and gone when it is over.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { bytesFile, createRepository } from '../hub/content.mjs';
import { startHub } from '../hub/server.mjs';
import { crashGpu, go, open, PATIENCE, reaches, start, stepsDone } from './page.ts';
import { capture, checkAccessibility, drop, expect, test } from './support.ts';

const fixture = (name: string) => readFileSync(resolve(import.meta.dirname, '../fixtures/data', name));
const row = (user: string) => `${JSON.stringify({ reasoning_language: 'German', user, analysis: 'Ich denke.', final: 'So.' })}\n`;

async function on390(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  await capture(page, name);
  await page.setViewportSize({ width: 1280, height: 720 });
}

test.use({ expectedMessages: [/status of 401|status of 404/] });

test('a dataset of the Hub by its name: split and file are chosen, errors go with the name, and drops are taken or refused', async ({
  page,
}) => {
  const hub = await startHub({
    repositories: [
      createRepository('datasets/us/rows', [
        bytesFile('data/train-00000-of-00001.parquet', fixture('sums.snappy.parquet')),
        bytesFile('data/test.jsonl', row('Was?')),
        bytesFile('README.md', '#'),
      ]),
    ],
  });
  await open(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('hub-dataset-more').click();
  await page.getByTestId('hub-dataset-endpoint').fill(hub.endpoint);

  await test.step('an error is about the name that is written', async () => {
    await page.getByTestId('hub-dataset').fill('us/none');
    await page.getByTestId('hub-dataset-look').click();
    await expect(page.getByTestId('notices-data')).toContainText('has no public repository us/none');
    await capture(page, 'hub-dataset-error');
    await page.getByTestId('hub-dataset').fill('us/rows');
    await expect(page.getByTestId('notices-data')).toHaveCount(0);
  });

  await test.step('what is there is listed with sizes, and opened', async () => {
    await page.getByTestId('hub-dataset-look').click();
    await expect(page.getByTestId('hub-dataset-files')).toContainText('2 files with rows');
    await expect(page.getByTestId('hub-dataset-file')).toContainText('data/train-00000-of-00001.parquet');
    await capture(page, 'hub-dataset');
    await on390(page, 'hub-dataset-390');
    await page.getByTestId('hub-dataset-split').selectOption('test');
    await page.getByTestId('hub-dataset-open').click();
    await expect(page.getByTestId('dataset-summary')).toContainText('us/rows/data/test.jsonl');
    await page.reload();
    await expect(page.getByTestId('dataset-summary'), 'it comes back after a reload').toContainText('us/rows/data/test.jsonl', PATIENCE);
  });

  await test.step('a drop beside every drop zone is taken by its place, or refused', async () => {
    await go(page, 'compare');
    const anywhere = page.getByTestId('place-compare');
    await drop(anywhere, [{ name: 'cat.png', type: 'image/png', content: 'x' }]);
    await expect(page.getByTestId('drop-refused')).toContainText('cat.png is not what this page takes');
    await capture(page, 'drop-refused');
    await drop(anywhere, [{ name: 'own.jsonl', content: row('Wo?') }]);
    await expect(page.getByTestId('place-data')).toBeVisible();
    await expect(page.getByTestId('dataset-summary')).toContainText('own.jsonl');
    await expect(page.getByTestId('drop-refused')).toHaveCount(0);
    await drop(page.locator('header'), [{ name: 'mine.zip', type: 'application/zip', content: 'no zip' }]);
    await expect(page.getByTestId('notices-runs')).toContainText('mine.zip is not a zip file');
    await drop(page.locator('header'), [{ name: 'again.jsonl', content: row('Wann?') }]); // beside the drop zones of that place
    await expect(page.getByTestId('dataset-summary')).toContainText('again.jsonl');
  });

  await test.step('during a drag the page shows where it would go', async () => {
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['x'], 'a.zip', { type: 'application/zip' }));
      return data;
    });
    await page.locator('header').dispatchEvent('dragover', { dataTransfer: transfer });
    await expect(page.getByTestId('drop-hint')).toHaveText('Let go: an adapter zip goes to Runs.');
    await capture(page, 'drop-hint');
    await page.locator('header').dispatchEvent('dragleave', { dataTransfer: transfer });
    await expect(page.getByTestId('drop-hint')).toHaveCount(0);
  });
  await hub.close();
});

test.describe('a run under way', () => {
  test.use({ expectedMessages: [/WebGPU|GPU|device|context/i] });

  test('another tab only reads until it ends; a lost GPU is said once and is gone when it is back', async ({ page, context, browser }) => {
    await open(page);
    await start(page, { max_steps: 400, per_device_train_batch_size: 2, adherence_steps: 0 });
    await stepsDone(page, 1);
    const second = await context.newPage();
    await open(second, 'runs');
    await expect(second.getByTestId('elsewhere')).toContainText('A run is under way in another tab');
    await expect(second.getByTestId('adapter-zip-drop').getByRole('button')).toBeDisabled();
    await go(second, 'train');
    await expect(second.getByTestId('run-strip').getByRole('button', { name: 'Resume' })).toBeDisabled();
    await capture(second, 'elsewhere');
    await on390(second, 'elsewhere-390');
    await checkAccessibility(second, '[data-testid="elsewhere"]');

    await crashGpu(browser);
    await expect(page.getByTestId('device-lost')).toBeVisible({ timeout: 60_000 });
    await expect(page.getByTestId('live')).toHaveAttribute('data-phase', 'failed');
    await expect(page.getByRole('alert')).toHaveCount(1);
    await capture(page, 'device-lost');
    await page.getByTestId('reopen-device').click();
    await expect(page.getByTestId('device-back')).toBeVisible(PATIENCE);
    await expect(page.getByRole('alert')).toHaveCount(0);
    await page.getByTestId('resume-after-loss').click();
    await page.close({ runBeforeUnload: false });

    await expect(second.getByTestId('elsewhere'), 'the first tab is gone').toHaveCount(0, PATIENCE);
    await second.close();
  });
});

test('a run that ended elsewhere is taken up: its adapter stands here too', async ({ page, context }) => {
  const second = await context.newPage();
  await open(second, 'runs');
  await expect(second.getByTestId('no-adapter')).toBeVisible();
  await open(page);
  await start(page, { max_steps: 6, per_device_train_batch_size: 2, adherence_steps: 0 });
  await reaches(page, 'done');
  await expect(second.getByTestId('adapter')).toBeVisible(PATIENCE);
  await expect(second.getByTestId('library-row')).toHaveCount(1);
  await second.close();
});
