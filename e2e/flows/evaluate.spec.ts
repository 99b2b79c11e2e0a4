/** The place Evaluate: five files of sums, base and adapter, a table with intervals, its files, the answers behind a number; and an evaluation that goes on after a reload. */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { go, open, PATIENCE, reaches, settled, start } from './page.ts';
import { checkAccessibility, expect, lookEverywhere, test } from './support.ts';

const LANGUAGES = ['de', 'en', 'es', 'fr', 'it'];
const FILES = LANGUAGES.map((language) => `e2e/fixtures/evaluation/sums/mgsm_${language}.tsv`);

async function saved(page: Page, format: string): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByTestId('export-evaluation').click();
  await page.getByTestId(`export-${format}`).click();
  return readFile(await (await download).path(), 'utf8');
}

/** Without time, which no two evaluations have in common. */
async function figures(page: Page): Promise<string[]> {
  return (await saved(page, 'csv')).split('\r\n').filter((line) => !line.includes(',seconds,'));
}

async function prepare(page: Page): Promise<void> {
  await go(page, 'evaluate');
  await expect(page.getByTestId('set-name')).toHaveText('Held-out questions', PATIENCE);
  await page.getByTestId('other-questions').click();
  await page.getByTestId('questions-file').setInputFiles(FILES);
  await expect(page.getByTestId('set-count')).toHaveText('30 questions in 5 languages');
  await page.getByTestId('evaluate-questions').fill('3');
  await page.getByTestId('evaluate-sampling').click();
  await page.getByTestId('evaluate-sampling-max_new_tokens').fill('80');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('evaluation-forecast')).toContainText('30 answers to 15 questions');
}

async function checkFiles(page: Page): Promise<void> {
  const rows = (await saved(page, 'csv')).trim().split('\r\n');
  expect(rows[0]).toBe('column,label,language,questions,samples,figure,mean,low,high');
  const avg = rows.filter((row) => row.includes(',avg,')).map((row) => row.split(','));
  expect(avg.map(([column, , language]) => `${column === 'base' ? 'base' : 'adapter'} ${language}`)).toEqual(
    ['base', 'adapter'].flatMap((column) => [...LANGUAGES, 'all'].map((language) => `${column} ${language}`)),
  );
  for (const [, , language, questions, samples, , mean, low, high] of avg) {
    expect([questions, samples]).toEqual(language === 'all' ? ['15', '15'] : ['3', '3']);
    expect(Number(low)).toBeLessThanOrEqual(Number(mean));
    expect(Number(mean)).toBeLessThanOrEqual(Number(high));
  }
  const table = (await saved(page, 'markdown')).split('\n').filter((line) => line.startsWith('| '));
  expect(table).toHaveLength(1 + 2 * 6);
  expect(table[0]).toMatch(/^\| Language \| Model \| Questions \| Avg@1 \| Format rate \|/);
  const shown = await page.getByTestId('number-base-de').locator('span').first().innerText();
  expect(table.find((line) => line.startsWith('| de | Base |'))).toContain(`| 3 | ${shown} (`);
  const json = JSON.parse(await saved(page, 'json'));
  expect(json).toMatchObject({ complete: true, done: 30, settings: { samples: 1, sampling: { max_new_tokens: 80 } } });
  expect(json.questions).toHaveLength(15);
  const answers = (await saved(page, 'answers')).trim().split('\n');
  expect(answers).toHaveLength(30);
  expect(JSON.parse(answers[0]!)).toHaveProperty('gold');
}

async function lookBehind(page: Page): Promise<void> {
  await page.getByTestId('number-adapter-all').click();
  await expect(page.getByTestId('answers-filter')).toHaveValue('wrong');
  await page.getByTestId('answers-filter').selectOption('All answers');
  await expect(page.getByTestId('answers-count')).toHaveText('15 answers');
  await expect(page.getByTestId('evaluated-answer').first()).toContainText(/Gold: \d+/);
  await expect(page.getByTestId('evaluated-answer').first()).toContainText('Reasoning');
  await page.getByRole('dialog', { name: 'Answers' }).screenshot({ path: 'test-results/screens/evaluate-answers.png' });
  await checkAccessibility(page);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('evaluated-answer')).toHaveCount(0);
}

test('five languages, base and adapter, to files; and after a reload it goes on where it stood', async ({ page }) => {
  await open(page, 'evaluate');
  await expect(page.getByTestId('evaluation-empty')).toBeVisible();
  await expect(page.getByTestId('set-name')).toHaveText('Held-out questions', PATIENCE);
  await lookEverywhere(page, 'evaluate-empty');
  await start(page, { max_steps: 2, per_device_train_batch_size: 2, adherence_steps: 0 });
  await reaches(page, 'done');
  await prepare(page);

  await page.getByTestId('start-evaluation').click();
  await expect(page.getByTestId('evaluation-running')).toBeVisible();
  await expect(page.getByTestId('step-evaluate')).toHaveAttribute('data-state', 'busy');
  await go(page, 'train');
  await page.getByTestId('start-run').click();
  await expect(page.getByTestId('place-train')).toContainText('An evaluation is under way');
  await go(page, 'evaluate');
  await expect(page.getByTestId('evaluation-running')).toBeHidden(PATIENCE);
  await expect(page.getByTestId('result-facts')).toContainText(/30 answers, [\d,]+ tokens in \d+ s/);
  for (const language of [...LANGUAGES, 'all'])
    for (const column of ['base', 'adapter']) await expect(page.getByTestId(`number-${column}-${language}`)).toHaveText(/^\d+\.\d/);
  await expect(page.getByTestId('pair-sentence')).toContainText(
    /On 15 questions, .* (points more|points less|as) often (than|as) Base \(95 % interval/,
  );
  await lookEverywhere(page, 'evaluate-result');

  await test.step('its files', () => checkFiles(page));

  await test.step('every answer is behind its number', () => lookBehind(page));

  const whole = await figures(page);
  await test.step('paused, the page loaded anew, and gone on with: the same table', async () => {
    await page.getByTestId('start-evaluation').click();
    await expect(page.getByTestId('evaluation-progress')).toHaveText(/^([1-9]|1\d|2[0-5]) of 30 answers/, PATIENCE);
    await page.getByTestId('pause-evaluation').click();
    await expect(page.getByTestId('evaluation-paused')).toContainText('This evaluation is paused', PATIENCE);
    await lookEverywhere(page, 'evaluate-paused', '[data-testid=evaluation-paused]');
    await page.reload();
    await settled(page);
    await expect(page.getByTestId('evaluation-paused')).toContainText(/: \d+ of 30 answers are kept/, PATIENCE);
    await expect(page.getByTestId('set-count'), 'the files chosen last are chosen again').toHaveText(
      '30 questions in 5 languages',
      PATIENCE,
    );
    await page.getByTestId('continue-evaluation').click();
    await expect(page.getByTestId('evaluation-running')).toBeVisible();
    await expect(page.getByTestId('evaluation-running')).toBeHidden(PATIENCE);
    await expect(page.getByTestId('result-facts')).toContainText('30 answers');
    expect(await figures(page)).toEqual(whole);
  });

  await test.step('kept results: beside each other, deleted and had back', async () => {
    const kept = page.getByTestId('kept-evaluation');
    await expect(kept).toHaveCount(2);
    await expect(page.getByTestId('results-room')).toHaveText(/^2 of 200 results, [\d.]+ KiB of 512 MiB$/);
    await page.getByTestId('beside').selectOption({ index: 1 });
    await expect(page.getByTestId('pair-sentence')).toContainText('equal on 15');
    await page.getByTestId('beside').selectOption({ index: 0 });
    await kept.nth(1).getByTestId('delete-evaluation').click();
    await expect(kept).toHaveCount(1);
    await page.getByTestId('undo-evaluation').click();
    await expect(kept).toHaveCount(2);
  });
});
