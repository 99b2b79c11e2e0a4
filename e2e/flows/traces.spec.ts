/**
 * Rejection sampling: a model answers rows several times, what is verified becomes a dataset, which trains an adapter that is compared. And a making that is
 * paused, loaded anew and gone on with, its answers and its files.
 */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { ask, go, open, PATIENCE, reaches, settled, start } from './page.ts';
import { checkAccessibility, expect, lookEverywhere, test } from './support.ts';

/** More than decode together, so that there is something to pause. */
const ROWS = 24;
const SAMPLES = 2;
const ANSWERS = ROWS * SAMPLES;

async function goMaking(page: Page): Promise<void> {
  await go(page, 'data');
  await page.getByTestId('data-part-make').click();
  await expect(page.getByTestId('making-form')).toBeVisible();
}

async function exported(page: Page, what: 'dataset' | 'all'): Promise<Record<string, unknown>[]> {
  const download = page.waitForEvent('download');
  await page.getByTestId('export-traces').click();
  await page.getByTestId(`export-${what}`).click();
  const text = await readFile(await (await download).path(), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The number in a line of the table of reasons. */
async function count(page: Page, filter: string): Promise<number> {
  return Number(await page.getByTestId(`reason-${filter}`).getByRole('button').innerText());
}

/** Kept ones and those left out for a reason. */
async function sum(page: Page): Promise<number> {
  const lines = page.getByTestId('trace-reasons').locator('tbody tr:not([data-testid=reason-suspicious])').getByRole('button');
  return (await lines.allInnerTexts()).reduce((all, one) => all + Number(one), 0);
}

async function beforeTheFirst(page: Page): Promise<void> {
  await goMaking(page);
  await expect(page.getByTestId('traces-empty')).toBeVisible();
  await expect(page.getByTestId('traces-base')).toBeChecked();
  await expect(page.getByTestId('least-accuracy')).toHaveValue('≥ 1');
  await expect(page.getByTestId('traces-forecast')).toContainText(/answers to \d+ rows: .* tokens are read, at most/, PATIENCE);
  await page.getByTestId('traces-samples').fill('0');
  await expect(page.getByTestId('traces-obstacle')).toContainText('num_return_sequences is 0');
  await expect(page.getByTestId('start-traces')).toBeDisabled();
  await page.getByTestId('traces-samples').fill(String(SAMPLES));
  await page.getByTestId('traces-rows').fill(String(ROWS));
  await expect(page.getByTestId('traces-forecast')).toContainText(`${ANSWERS} answers to ${ROWS} rows`);
  await lookEverywhere(page, 'traces-empty');
}

async function pauseByKeyboard(page: Page): Promise<void> {
  await goMaking(page);
  await expect(page.getByTestId('traces-adapter'), 'what was chosen stands, and the adapter answers').toBeChecked();
  await expect(page.getByTestId('traces-rows')).toHaveValue(String(ROWS));
  await page.getByTestId('traces-keep').click();
  await page.getByRole('option', { name: 'all of them' }).click();
  await page.getByTestId('traces-sampling').click();
  await page.getByTestId('traces-sampling-max_new_tokens').fill('96');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('start-traces')).toBeEnabled(PATIENCE);
  await page.getByTestId('start-traces').press('Enter');
  await expect(page.getByTestId('pause-traces'), 'the focus goes along').toBeFocused(PATIENCE);
  await expect(page.getByTestId('making-progress')).toHaveText(/^[1-9]\d* of \d+ answers, \d+ kept/, PATIENCE);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('making-paused')).toContainText('This making is paused', PATIENCE);
  await expect(page.getByTestId('continue-traces')).toBeFocused();
  await lookEverywhere(page, 'traces-paused', '[data-testid=making-paused]');
}

async function goOnAfterReload(page: Page): Promise<void> {
  const before = await exported(page, 'all');
  expect(before.length).toBeGreaterThan(0);
  expect(before.length).toBeLessThan(ANSWERS);
  await page.reload();
  await settled(page);
  await expect(page.getByTestId('making-paused')).toContainText(`${before.length} of ${ANSWERS} answers are kept`, PATIENCE);
  await page.getByTestId('continue-traces').click();
  await expect(page.getByTestId('making-running')).toBeVisible(PATIENCE);
  await expect(page.getByTestId('making-running')).toBeHidden(PATIENCE);
  await expect(page.getByTestId('kept-sentence')).toContainText(`of ${ANSWERS} answers`);
  const after = await exported(page, 'all');
  expect(after).toHaveLength(ANSWERS);
  const said = (lines: Record<string, unknown>[]) => lines.map(({ provenance, messages }) => JSON.stringify([provenance, messages]));
  expect(said(after), 'the same answers as before the reload').toEqual(expect.arrayContaining(said(before)));
}

/** How many are kept. */
async function addUp(page: Page): Promise<number> {
  expect(await sum(page)).toBe(ANSWERS);
  expect(await count(page, 'all')).toBe(ANSWERS);
  const number = await count(page, 'kept');
  expect(number, 'the cold start gives something to keep').toBeGreaterThan(0);
  await page.getByTestId('reason-kept').getByRole('button').click();
  await expect(page.getByTestId('trace-list')).toBeFocused();
  await expect(page.getByTestId('trace-filter')).toHaveValue('kept');
  await expect(page.getByTestId('trace-count')).toHaveText(number === 1 ? '1 answer' : `${number} answers`);
  await expect(page.getByTestId('trace').first()).toContainText('Kept.');
  await expect(page.getByTestId('trace').first()).toContainText(/Right answer: 1 \(needs 1\)/);
  await page.getByTestId('trace-filter').selectOption('Left out');
  await expect(page.getByTestId('trace-count')).toHaveText(new RegExp(`^${ANSWERS - number} answers?$`));
  await page.getByTestId('trace-filter').selectOption('All answers');
  await expect(page.getByTestId('trace')).toHaveCount(8);
  await page.getByRole('button', { name: 'Page 2 of answers' }).click();
  await expect(page.getByTestId('trace')).toHaveCount(8);
  await lookEverywhere(page, 'traces-answers');
  return number;
}

async function checkFiles(page: Page, kept: number): Promise<void> {
  const rows = await exported(page, 'dataset');
  expect(rows).toHaveLength(kept);
  for (const row of rows) {
    expect(row).toMatchObject({
      messages: expect.arrayContaining([{ role: 'assistant', thinking: expect.any(String), content: expect.any(String) }]),
      provenance: { model_hash: expect.any(String), adapter_hash: expect.any(String), seed: expect.any(Number) },
    });
    expect(row.provenance).toMatchObject({ rewards: { accuracy: 1 }, settings: { temperature: 0.7, keep: 'all' } });
  }
}

async function chooseAnew(page: Page, kept: number): Promise<void> {
  await page.getByTestId('reselect').locator('summary').click();
  await page.getByTestId('reselect-keep').click();
  await page.getByRole('option', { name: 'the first of each row' }).click();
  await expect.poll(() => count(page, 'kept'), PATIENCE).toBeLessThanOrEqual(ROWS);
  await expect.poll(() => sum(page)).toBe(ANSWERS);
  await page.getByTestId('reselect-keep').click();
  await page.getByRole('option', { name: 'all of them' }).click();
  await expect.poll(() => count(page, 'kept'), PATIENCE).toBe(kept);
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await lookEverywhere(page, 'traces-result');
}

test('rows made by a model: paused, gone on with after a reload, opened, trained on and compared', async ({ page }) => {
  test.setTimeout(480_000); // two runs, a making and three visits
  await open(page, 'data');

  await test.step('before the first, the page says what it is and what it comes to', () => beforeTheFirst(page));

  await test.step('a cold start by examples', async () => {
    await start(page, { max_steps: 14, learning_rate: '4e-3', adherence_steps: 0 });
    await reaches(page, 'done');
  });

  await test.step('its adapter answers; paused from the keyboard', () => pauseByKeyboard(page));
  await test.step('loaded anew, it goes on, and nothing finished is lost', () => goOnAfterReload(page));
  const kept = await test.step('numbers add up, and each leads to its answers', () => addUp(page));
  await test.step('its files: kept rows with where they come from', () => checkFiles(page, kept));
  await test.step('which of them are kept is chosen anew', () => chooseAnew(page, kept));

  await test.step('opened, they are the dataset, after a reload too', async () => {
    await page.getByTestId('open-traces').click();
    const rows = new RegExp(`\\b${kept} rows?\\b`);
    await expect(page.getByTestId('dataset-summary')).toContainText(rows, PATIENCE);
    await page.reload();
    await settled(page);
    await expect(page.getByTestId('dataset-summary')).toContainText(rows, PATIENCE);
    await checkAccessibility(page);
  });

  await test.step('SFT on them from the base, and the same question to both', async () => {
    await start(page, { max_steps: 2, per_device_train_batch_size: 1 });
    await reaches(page, 'done');
    await page.getByTestId('to-compare').click();
    await ask(page, 'Was ist 2 + 3?');
    const cells = page.locator('[data-testid^=cell-adapter-]'); // in the languages of the rows that were kept
    await expect(cells.first().getByTestId('thought').first()).toHaveText(/\w/);
    await expect(page.locator('[data-testid^=cell-base-]')).toHaveCount(await cells.count());
  });
});
