/**
 * What the page says follows what is so: one planned peak, a max_length that follows the rows, cut rows counted and mended, languages of the dataset
 * and of the run, settings that nothing replaces unasked. One page for all.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { choose, go, open, PATIENCE, reaches, start, stepsDone } from './page.ts';
import { capture, checkAccessibility, expect, test } from './support.ts';

/** Rows of reasoning, most of them longer than the bundled model's 192 tokens, and a few far longer. */
const own = Array.from({ length: 200 }, (_, i) => ({
  reasoning_language: i % 3 === 0 ? 'Dutch' : 'Polish',
  user: `Question ${i}: what is ${i} plus one?`,
  analysis: 'I add one and one more. '.repeat(i % 100 === 7 ? 180 : 30),
  final: String(i + 1),
}));

async function openRows(page: Page, name: string, rows: object[]): Promise<void> {
  await go(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles({
    name,
    mimeType: 'application/jsonl',
    buffer: Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
  });
  await expect(page.getByTestId('dataset-summary')).toContainText(name);
}

async function ready(page: Page): Promise<void> {
  await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
  await expect(page.getByTestId('planner-loaded')).toHaveAttribute('aria-busy', 'false', PATIENCE);
}

/** Both themes, and a phone. */
async function look(page: Page, name: string): Promise<void> {
  await checkAccessibility(page);
  await capture(page, name);
  await page.setViewportSize({ width: 390, height: 844 });
  await capture(page, `${name}-narrow`, { fullPage: true });
  // Charts are drawn anew in the frame after their room has changed.
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), `${name} scrolls sideways`).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1280, height: 720 });
}

test('what is said is so: memory, lengths, languages and settings', async ({ page }) => {
  await open(page, 'train');
  await ready(page);

  await test.step('readiness, planner and GPU chip have one planned peak', async () => {
    await expect(page.getByTestId('estimated'), 'all rows are counted').toHaveCount(0, PATIENCE);
    const fact = page.getByTestId('readiness').locator('div', { has: page.getByText('Planned peak', { exact: true }) });
    const peak = await fact.locator('dd').last().innerText();
    expect(peak).toMatch(/^\d+(\.\d)? MiB$/);
    await expect(page.getByTestId('planner-loaded').getByTestId('memory-bar').locator('b').first()).toHaveText(peak);
    await page.getByTestId('gpu-chip').click();
    const chip = page.getByTestId('gpu-memory');
    await expect(chip).toContainText('Memory now');
    await expect(chip).toContainText(`Planned peak of training${peak}`);
    await capture(page, 'gpu-memory');
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('setting-max_length')).toHaveValue('192');
  });

  await test.step('a choice of languages is a change that Undo covers, and does not survive another dataset', async () => {
    await page.getByTestId('train-languages').getByText('German').click();
    await expect(page.getByTestId('reset-settings')).toHaveText('Undo 1 change');
    await page.getByTestId('reset-settings').click();
    await expect(page.getByTestId('train-languages').getByRole('checkbox', { name: 'German' })).toBeChecked();
    await page.getByTestId('train-languages').getByText('German').click();
    await go(page, 'data');
    await page.getByTestId('filter-German').click();
    await openRows(page, 'own.jsonl', own);
    await expect(page.getByTestId('shown-rows')).toHaveText('200 rows');
    await go(page, 'train');
    await expect(page.getByTestId('train-languages').getByRole('checkbox')).toHaveCount(2);
    for (const box of await page.getByTestId('train-languages').getByRole('checkbox').all()) await expect(box).toBeChecked();
    await go(page, 'compare');
    await expect(page.getByTestId('languages')).toContainText('Polish');
    await expect(page.getByTestId('languages')).not.toContainText('German');
  });

  await test.step('max_length follows the rows; those that stay cut are counted and marked', async () => {
    await go(page, 'train');
    await ready(page);
    // of the first rows that are counted, a larger share is long
    await expect(page.getByTestId('estimated'), 'all rows are counted').toHaveCount(0, PATIENCE);
    const shown = async () => Number(await page.getByTestId('setting-max_length').inputValue());
    await expect.poll(shown).toBeLessThan(1024);
    const length = await shown();
    expect(length).toBeGreaterThan(192);
    await ready(page);
    await expect(page.getByTestId('reset-settings')).toHaveCount(0);
    await expect(page.getByTestId('readiness')).toContainText(`2 of 200 rows are cut at max_length ${length}`);
    await expect(page.getByTestId('mend-length')).toHaveText(/^Use [\d,]+ tokens: /);
    await look(page, 'cut-rows');
    await go(page, 'data');
    const cut = page.getByRole('option').filter({ hasText: 'Question 7:' });
    await expect(cut).toContainText('cut');
    await expect(page.getByRole('option').filter({ hasText: 'Question 6:' })).not.toContainText('cut');
    await cut.click();
    await page.getByTestId('row-view').getByText('Tokens', { exact: true }).click();
    await page.getByTestId('cut').scrollIntoViewIfNeeded();
    await expect(page.getByTestId('cut')).toHaveText(
      new RegExp(`^Cut here: max_length is ${length}, and the [\\d,]+ tokens after it are not trained`),
    );
    await look(page, 'cut-token');
  });

  await test.step('one button mends it, by hand from then on', async () => {
    await go(page, 'train');
    await page.getByTestId('mend-length').click();
    await expect(page.getByTestId('mend-length')).toHaveCount(0);
    await ready(page);
    await expect(page.getByTestId('readiness')).not.toContainText('cut at max_length');
    await expect(page.getByTestId('reset-settings')).toHaveText('Undo 1 change');
  });

  await test.step('a preset asks before it replaces changes, and can be taken back', async () => {
    await choose(page, { r: 4 });
    await page.getByTestId('preset').getByText('Cookbook').click();
    await expect(page.getByTestId('ask-preset')).toContainText('replaces your 2 changes');
    await look(page, 'preset-asks');
    await page.getByTestId('ask-preset').getByRole('button', { name: 'Keep my settings' }).click();
    await expect(page.getByTestId('setting-r')).toHaveValue('4');
    await page.getByTestId('preset').getByText('Cookbook').click();
    await page.getByTestId('ask-preset').getByRole('button', { name: 'Replace them' }).click();
    await expect(page.getByTestId('setting-r')).toHaveValue('8');
    await page.getByTestId('bring-back').click();
    await expect(page.getByTestId('setting-r')).toHaveValue('4');
    await page.getByTestId('reset-settings').click();
    await expect(page.getByTestId('setting-r')).toHaveValue('8');
  });

  await test.step('a run shows its own settings, and Compare asks what was trained', () => trainPolish(page));
});

async function trainPolish(page: Page): Promise<void> {
  await page.getByTestId('train-languages').getByText('Dutch').click();
  await start(page, { max_steps: 500, adherence_steps: 0, per_device_train_batch_size: 1 });
  await page.getByTestId('run-settings').getByRole('button', { name: 'Settings of this run' }).click();
  await expect(page.getByTestId('run-settings')).toContainText('Polish');
  await expect(page.getByTestId('strip-memory')).toContainText('now', PATIENCE);
  await stepsDone(page, 1);
  await page.getByTestId('run-strip').getByRole('button', { name: 'Stop and keep' }).click();
  await reaches(page, 'stopped');
  await choose(page, { learning_rate: '1e-5' });
  await expect(page.getByTestId('run-settings')).toContainText('0.004');
  await look(page, 'run-settings');
  await page.getByTestId('use-run-settings').click();
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue('4e-3');
  await go(page, 'compare');
  await expect(page.getByTestId('languages')).toContainText('Polish');
  await expect(page.getByTestId('languages')).not.toContainText('Dutch');
}

test('a model whose settings.json is wrong in parts opens and says which', async ({ page }) => {
  await open(page);
  const folder = mkdtempSync(join(tmpdir(), 'model-'));
  cpSync(resolve(import.meta.dirname, '../../public/models/mini'), folder, { recursive: true });
  const settings = { settings: { learning_rate: 'fast', r: 4 }, questions: [{ user: 'Why?' }], color: 'red' };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  await page.getByTestId('model-folder').setInputFiles(folder);
  const notes = page.getByTestId('settings-notes');
  await expect(notes).toContainText('color is none of the keys about, settings, questions', PATIENCE);
  await expect(notes).toContainText('settings: learning_rate is "fast" and must be a number above 0 and at most 1');
  await look(page, 'settings-notes');
  await go(page, 'train');
  await expect(page.getByTestId('setting-r')).toHaveValue('4');
  rmSync(folder, { recursive: true });
});
