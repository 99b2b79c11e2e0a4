/**
 * Think and no think on a model that has both (a small folder as Qwen3 is published): rows of each mode in Data and Train, the loss of each in the charts,
 * and in Compare a cell of each beside the other, answered from prompts that differ as the template says. A model without the switch shows none of it.
 */
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { writeQwen3Folder } from '../fixtures/qwen3-folder.ts';
import { answered, choose, go, open, PATIENCE, reaches, start } from './page.ts';
import { capture, expect, lookEverywhere, test } from './support.ts';

const SUMS = [
  ['Was ist 2 + 2?', 'Ich rechne zwei plus zwei. Das ist vier.', 'Es ist 4.'],
  ['Was ist 3 + 3?', 'Ich rechne drei plus drei. Das ist sechs.', 'Es ist 6.'],
  ['Was ist 1 + 4?', 'Ich rechne eins plus vier. Das ist fünf.', 'Es ist 5.'],
  ['Was ist 5 + 2?', 'Ich rechne fünf plus zwei. Das ist sieben.', 'Es ist 7.'],
];
const rows = Array.from({ length: 32 }, (_, i) => {
  const [user, analysis, final] = SUMS[i % SUMS.length]!;
  return JSON.stringify({ reasoning_language: 'German', user, analysis, final });
});

/** Drawn by the seed, the same on every machine. */
const MIX = /(\d+) rows with reasoning \(think\) and (\d+) with the answer alone \(no_think\) train\./;

test('both modes train, are charted apart and are compared side by side', async ({ page }, info) => {
  test.setTimeout(480_000); // 80 steps, and five looks
  const folder = info.outputPath('qwen3');
  writeQwen3Folder(folder);
  await open(page);
  await page.getByTestId('model-folder').setInputFiles(folder);
  const summary = page.getByTestId('model-summary');
  await expect(summary.getByRole('heading', { level: 2 }).first()).toHaveText('qwen3', PATIENCE);
  await test.step('Data says what the choice is, and how many rows each mode has', () => theRows(page));
  await test.step('Train says it again, charts both losses and both lengths', () => theRun(page));
  await test.step('Compare asks both modes, side by side', () => theCells(page));
  await test.step('the reader puts the same mode of the other model beside', () => theReader(page));
  await test.step('another language and a peer, which answers once across both modes', () => theGrid(page));
  await test.step('one mode alone, and the choice after a reload', () => theChoice(page, folder));
});

async function theRows(page: Page): Promise<void> {
  await go(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles({ name: 'sums.jsonl', mimeType: '', buffer: Buffer.from(rows.join('\n')) });
  await expect(page.getByTestId('trained-words')).toHaveText(/^32 of 32 rows train/, PATIENCE);
  await expect(page.getByTestId('modes-hint')).toBeVisible();
  await capture(page, 'modes-hint');
  await expect(page.getByTestId('row-modes')).toHaveText('All rows train with their reasoning (think).');
  await page.getByTestId('thinking').click();
  await page.getByRole('option', { name: 'mixed, a share of each' }).click();
  await expect(page.getByTestId('row-modes')).toHaveText(MIX);
  const [, think, no_think] = MIX.exec(await page.getByTestId('row-modes').innerText())!;
  expect(Number(think) + Number(no_think)).toBe(32);
  await page.getByTestId('row-view').getByText('Template', { exact: true }).click();
  await page.getByRole('option').first().click();
  await expect(page.getByTestId('row-mode')).toBeVisible();
  await lookEverywhere(page, 'modes-data', '[data-testid=row-panel]');
}

async function theRun(page: Page): Promise<void> {
  const said = await page.getByTestId('row-modes').innerText();
  await go(page, 'train');
  await choose(page, { r: 16, lora_alpha: 64, learning_rate: '1e-2', per_device_train_batch_size: 8, gradient_accumulation_steps: 1 });
  await expect(page.getByTestId('run-modes')).toHaveText(said.trim(), PATIENCE);
  await lookEverywhere(page, 'modes-ready');
  await start(page, { max_steps: 80, adherence_steps: 0 });
  await reaches(page, 'done');
  const lossChart = page.getByTestId('chart-loss').getByRole('img');
  await expect(lossChart).toHaveAttribute('aria-label', /think, smoothed [\d.]+, no think, smoothed [\d.]+/);
  const lengths = page.getByTestId('chart-trained-tokens-per-row').getByRole('img');
  await expect(lengths).toHaveAttribute('aria-label', /think [\d.]+, no think 12\.0/);
  await lookEverywhere(page, 'modes-charts', '[data-testid=charts]');
}

async function theCells(page: Page): Promise<void> {
  await go(page, 'compare');
  const mode = page.getByTestId('think-mode');
  await mode.getByText('Both', { exact: true }).click();
  await expect(page.getByTestId('ask')).toHaveText('Ask in German, with and without adapter, in both modes');
  await page.getByTestId('sampling').click();
  await page.getByTestId('sampling-max_new_tokens').fill('48');
  await page.keyboard.press('Escape');
  await page.getByTestId('question').fill('Was ist 2 + 2?');
  await page.getByTestId('ask').click();
  await answered(page);
  await expect(page.getByTestId('answers').getByRole('article')).toHaveCount(4);
  const [think, no_think] = [page.getByTestId('cell-adapter-German-think'), page.getByTestId('cell-adapter-German-no_think')];
  await expect(think.getByTestId('thought')).toHaveText(/^Ich rechne /);
  await expect(think.getByTestId('answer')).toHaveText(/^Es ist \d\.$/);
  await expect(think.getByTestId('share')).toHaveText('100 % in German');
  await expect(no_think.getByTestId('thought')).toHaveCount(0);
  await expect(no_think.getByTestId('answer')).toHaveText(/^Es ist \d\.$/);
  await expect(no_think.getByTestId('share')).toHaveText('no reasoning, as asked');
  await expect(no_think).toContainText(/\d+ tokens/);
  await expect(no_think).toContainText('finished');
  await expect(think).toContainText('Adapter, think');
  await expect(no_think).toContainText('Adapter, no think');
  // side by side, of one height, base above adapter, all in the window
  const [a, b] = [(await think.boundingBox())!, (await no_think.boundingBox())!];
  expect([a.y, a.height]).toEqual([b.y, b.height]);
  expect(b.x).toBeGreaterThan(a.x + a.width);
  expect(b.y + b.height).toBeLessThanOrEqual(720);
  await lookEverywhere(page, 'modes-compare');
}

async function theReader(page: Page): Promise<void> {
  await page.getByTestId('cell-adapter-German-no_think').getByTestId('enlarge').click();
  await expect(page.getByTestId('reader-left')).toHaveValue('Base, no think, German');
  await expect(page.getByTestId('reader-right')).toHaveValue('Adapter, no think, German');
  await expect(page.getByTestId('pane-adapter:no_think/German')).toContainText('No reasoning, as asked.');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('reader')).toHaveCount(0);
}

async function theGrid(page: Page): Promise<void> {
  await page.getByTestId('add-language').fill('French');
  await page.getByRole('option', { name: 'French' }).click();
  await page.getByTestId('add-peer').click();
  await page.getByTestId('peer-folder').setInputFiles(resolve(import.meta.dirname, '../fixtures/onnx/tiny-llama'));
  await expect(page.getByTestId('use-peer')).toBeChecked(PATIENCE);
  await page.getByTestId('ask').click();
  await answered(page);
  await expect(page.getByTestId('answers').getByRole('article')).toHaveCount(10);
  const boxOf = async (id: string) => (await page.getByTestId(id).boundingBox())!;
  const [think, no_think, peer] = [
    await boxOf('cell-base-French-think'),
    await boxOf('cell-base-French-no_think'),
    await boxOf('cell-peer-French'),
  ];
  expect([peer.x, peer.x + peer.width]).toEqual([think.x, no_think.x + no_think.width]);
  await page.getByTestId('cell-base-German-think').getByRole('button', { name: 'Hide reasoning' }).click();
  const [folded, beside] = [await boxOf('cell-base-German-think'), await boxOf('cell-base-German-no_think')];
  expect(folded.height).toBe(beside.height);
  expect(folded.height).toBeLessThan(think.height);
  await page.getByTestId('cell-base-German-think').getByRole('button', { name: 'Show reasoning' }).click();
  await lookEverywhere(page, 'modes-grid', '[data-testid=answers]');
  await page.getByTestId('use-peer').uncheck();
  await page.getByRole('button', { name: 'Remove French' }).click();
}

async function theChoice(page: Page, folder: string): Promise<void> {
  await page.getByTestId('mode').getByText('Adapter', { exact: true }).click();
  await page.getByTestId('think-mode').getByText('No think', { exact: true }).click();
  await page.getByTestId('ask').click();
  await answered(page);
  await expect(page.getByTestId('answers').getByRole('article')).toHaveCount(1);
  await page.reload();
  await expect(page.getByTestId('answers').getByRole('article'), 'answers of the last visit').toHaveCount(1, PATIENCE);
  await expect(page.getByTestId('step-model')).toHaveAttribute('data-state', 'ready', PATIENCE);
  await expect(page.getByTestId('think-mode'), 'the bundled model has no such switch').toHaveCount(0);
  await go(page, 'model');
  await page.getByTestId('model-folder').setInputFiles(folder);
  await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toHaveText('qwen3', PATIENCE);
  await go(page, 'compare');
  await expect(page.getByTestId('think-mode').getByRole('radio', { name: 'No think' })).toBeChecked();
}

test('a model that always thinks shows nothing of it', async ({ page }) => {
  await open(page, 'data');
  await expect(page.getByTestId('trained-words')).toHaveText(/rows train/, PATIENCE);
  for (const id of ['thinking', 'think-ratio', 'modes-hint', 'row-modes']) await expect(page.getByTestId(id)).toHaveCount(0);
  await go(page, 'train');
  await page.getByTestId('advanced').click();
  await expect(page.getByTestId('setting-seed')).toBeVisible();
  for (const id of ['setting-thinking', 'setting-think_ratio', 'run-modes']) await expect(page.getByTestId(id)).toHaveCount(0);
  await go(page, 'compare');
  await expect(page.getByTestId('think-mode')).toHaveCount(0);
});
