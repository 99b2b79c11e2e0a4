/**
 * A person's own data: every format opens and shows its rows; foreign columns are mapped; what is wrong with a row is listed with its number;
 * HTML is only ever text; and the row is shown as it will train, under every template and length.
 */
import { resolve } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { open } from './page.ts';
import { drop, expect, test } from './support.ts';

const fixture = (name: string) => resolve(import.meta.dirname, '../fixtures', name);

/** Opens a file in place of the standing dataset, and waits until its tokens are counted. */
async function openFile(page: Page, path: string, trained: RegExp): Promise<void> {
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles(path);
  await expect(page.getByTestId('trained-words')).toHaveText(trained);
}

async function show(page: Page, view: 'Conversation' | 'Template' | 'Tokens'): Promise<Locator> {
  await page.getByTestId('row-view').getByText(view, { exact: true }).click();
  return page.getByTestId('row-panel');
}

const rowOf = (page: Page, text: string) => page.getByRole('option').filter({ hasText: text });

test('JSONL, JSON, CSV, TSV and Parquet open, show their rows and say what trains', async ({ page }) => {
  await open(page, 'data');
  const files = [
    {
      file: 'data/sums.jsonl',
      says: 'JSONL, Multilingual-Thinking, 12 rows',
      row: 'Combien font 11 plus 3 ?',
      thought: "J'additionne 11 et 3",
    },
    { file: 'data/sums.csv', says: 'CSV, Multilingual-Thinking, 12 rows', row: '¿Cuánto es 12 más 6?', thought: 'Sumo "12" y "6": 18.' },
    {
      file: 'data/sums.snappy.parquet',
      says: 'PARQUET, Multilingual-Thinking, 12 rows',
      row: 'Quanto fa 13 più 9?',
      thought: 'Sommo 13 e 9; fa 22.',
    },
    {
      file: 'flows/turns.json',
      says: 'JSON, messages, 2 rows',
      row: 'Quelle est la capitale du Japon ?',
      thought: 'On demande la capitale du Japon.',
    },
    {
      file: 'flows/answers.tsv',
      says: 'TSV, question and answer, 3 rows',
      row: 'Wie viel ist 40 plus 9?',
      thought: 'Ich addiere 40 und 9: 49.',
    },
  ];
  for (const { file, says, row, thought } of files) {
    const rows = /(\d+) rows/.exec(says)![1];
    await openFile(page, fixture(file), new RegExp(`^${rows} of ${rows} rows train`));
    await expect(page.getByTestId('dataset-summary')).toContainText(says);
    await rowOf(page, row).click();
    await expect(page.getByTestId('row-panel')).toContainText(thought);
  }
  await page.reload();
  await expect(page.getByTestId('dataset-summary'), 'the last file is open again').toContainText('answers.tsv');
});

test('columns that no schema knows are mapped by hand', async ({ page }) => {
  await open(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles(fixture('flows/foreign-columns.csv'));
  const form = page.getByTestId('column-mapping');
  await expect(form).toContainText('Ich addiere 3 und 4: 7.');
  await expect(form.getByTestId('map-apply')).toBeDisabled();
  for (const [field, column] of Object.entries({ user: 'frage', thinking: 'gedanken', content: 'lösung', reasoning_language: 'sprache' })) {
    await form.getByTestId(`map-${field}`).click();
    await page.getByRole('option', { name: column, exact: true }).click();
  }
  await form.getByTestId('map-apply').click();
  await expect(page.getByTestId('trained-words')).toHaveText(/^2 of 2 rows train/);
  await expect(page.getByTestId('dataset-summary')).toContainText('columns you mapped');
  await page.getByTestId('filter-French').click();
  await expect(page.getByTestId('shown-rows')).toHaveText('1 of 2 rows');
  await rowOf(page, 'Combien font 5 et 6 ?').click();
  await expect(page.getByTestId('row-panel')).toContainText('J’additionne 5 et 6, cela donne 11.');
  await page.getByTestId('choose-columns').click();
  await expect(form, 'others may be chosen, such as what a teacher sees').toContainText('take the place of the columns that were read');
  for (const [field, column] of Object.entries({ user: 'frage', content: 'lösung', privileged_context: 'gedanken' })) {
    await form.getByTestId(`map-${field}`).click();
    await page.getByRole('option', { name: column, exact: true }).click();
  }
  await form.getByTestId('map-apply').click();
  await expect(form).toHaveCount(0);
});

test('faults are listed by row, and HTML in a row is text', async ({ page }) => {
  await open(page, 'data');
  await openFile(page, fixture('flows/faults.jsonl'), /^4 of 7 rows train.*Left out: 3 with problems/);
  const problems = page.getByTestId('problems');
  const findings: [number, RegExp, 'left out' | 'trains'][] = [
    [4, /JSON/, 'left out'],
    [5, /empty assistant message/, 'left out'],
    [6, /narrator/, 'left out'],
    [7, /<\|end\|>/, 'trains'],
    [8, /thinking|thought|reasoning/, 'trains'],
  ];
  for (const [row, words, fate] of findings) {
    const line = problems.getByRole('row').filter({ has: page.getByText(`Row ${row}`, { exact: true }) });
    await expect(line).toContainText(words);
    await expect(line).toContainText(fate);
  }

  await rowOf(page, 'Combien font 2 et 3').click();
  for (const view of ['Conversation', 'Template', 'Tokens'] as const) {
    const panel = await show(page, view);
    await expect(panel).toContainText('window.executed = "script"');
    await expect(panel).toContainText('Le résultat est 5.');
    await expect(panel.locator('script, img, a[href^=javascript], [onclick]')).toHaveCount(0);
  }
  expect(await page.evaluate(() => 'executed' in window)).toBe(false);

  await problems.getByText('Row 7', { exact: true }).click();
  const panel = await show(page, 'Tokens');
  const special = (text: string) => panel.locator('[data-special=true]').filter({ hasText: text });
  await expect(special('<|start|>'), 'system, developer, user, thought, answer').toHaveCount(5);
  await expect(special('<|end|>'), 'one for each but the last; the one in the question is plain text').toHaveCount(4);
});

test('template and length decide what a row is and what of it trains', async ({ page }) => {
  await open(page, 'data');
  await openFile(page, fixture('flows/turns.json'), /^2 of 2 rows train/);
  await rowOf(page, '¿Cuál es la capital de Perú?').click();
  const firstThought = 'Pide la capital de Perú. Es Lima.';
  const panel = await show(page, 'Template');
  await expect(panel).toContainText('<|start|>system');
  await expect(panel).toContainText('<|return|>');
  await expect(panel, 'the stock template keeps the last thought only').not.toContainText(firstThought);

  const template = async (name: string) => {
    await page.getByTestId('template').click();
    await page.locator('[data-combobox-option]').filter({ hasText: name }).click(); // a row of the list may name a template too
  };
  await template('prefix-preserving');
  await expect(panel).toContainText(firstThought);

  await show(page, 'Tokens');
  await expect(panel.locator('[data-trained=true]').filter({ hasText: 'Lima' }).first()).toBeVisible();
  await template('hf, the stock template');
  await expect(panel, 'the stock template marks nothing').toContainText(', 0 trained.');
  await template('trl, stock text');
  await expect(panel).not.toContainText(', 0 trained.');

  await page.getByTestId('max-length').fill('24');
  await page.getByTestId('max-length').blur();
  await expect(page.getByTestId('trained-words')).toHaveText(/^0 of 2 rows train.*Left out: 2 with problems/);
  await expect(page.getByTestId('problems')).toContainText('where max_length is 24');
});

test('a dropped file opens; the bundled one comes back', async ({ page }) => {
  await open(page, 'data');
  await page.getByTestId('open-dataset').click();
  await drop(page.getByTestId('dataset-drop'), [
    { name: 'dropped.jsonl', content: '{"prompt": "2+2?", "completion": "4"}\n{"prompt": "3+3?", "completion": "6"}\n' },
  ]);
  await expect(page.getByTestId('dataset-summary')).toContainText('prompt and completion, 2 rows');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-bundled').click();
  await expect(page.getByTestId('trained-words')).toHaveText(/^600 of 600 rows train/);
});

// A bar of 30,000 buttons and as many chips held the page for minutes.
test('30,000 languages: the most frequent are drawn, the others are found by name', async ({ page }, info) => {
  await open(page, 'data');
  const line = (i: number) =>
    JSON.stringify({ question: 'Q?', reasoning: 'Hm.', answer: 'A.', reasoning_language: `Speech ${i % 30_000}` });
  const buffer = Buffer.from(Array.from({ length: 30_600 }, (_, i) => line(i)).join('\n'));
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles({ name: 'speeches.jsonl', mimeType: 'text/plain', buffer });
  await expect(page.getByTestId('problems')).toContainText('the 500 with the most rows are listed', { timeout: 60_000 });
  await expect(page.getByTestId('language-bar').getByRole('button')).toHaveCount(48);
  await page.getByTestId('language-bar').screenshot({ path: info.outputPath('languages.png') });
  await page.screenshot({ path: info.outputPath('page.png'), fullPage: true });
  await page.getByTestId('filter-others').fill('Speech 431');
  await page.getByRole('option', { name: 'Speech 431 (2)' }).click();
  await expect(page.getByTestId('shown-rows')).toHaveText('2 of 30,600 rows');
  await page
    .getByRole('link', { name: 'Train' })
    .or(page.getByRole('tab', { name: 'Train' }))
    .first()
    .click();
  await expect(page.getByPlaceholder('All languages')).toBeAttached();
});
