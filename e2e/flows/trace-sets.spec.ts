/**
 * Rows that an ONNX teacher writes, with the words that PyTorch gives; and the sets that are kept: looked at, renamed, deleted, had back. A making
 * that is cancelled leaves nothing, unless it is had back.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { open, PATIENCE, settled } from './page.ts';
import { expect, lookEverywhere, test } from './support.ts';

const onnx = resolve(import.meta.dirname, '../fixtures/onnx');
const { cases } = JSON.parse(readFileSync(`${onnx}/goldens.json`, 'utf8')) as {
  cases: { messages: { content: string }[]; text: string }[];
};

/** The questions of the goldens, each with the answer that is right here. */
const dataset = {
  name: 'capitals.jsonl',
  mimeType: 'application/jsonl',
  buffer: Buffer.from(
    cases
      .map(({ messages, text }) => ({
        messages: [...messages, { role: 'assistant', content: text.split('</think>')[1], thinking: 'I know it.' }],
        reasoning_language: null,
      }))
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  ),
};

const sets = (page: Page): Locator => page.getByTestId('trace-set');

async function sampling(page: Page, values: Record<string, string>): Promise<void> {
  await page.getByTestId('traces-sampling').click();
  for (const [name, value] of Object.entries(values)) await page.getByTestId(`traces-sampling-${name}`).fill(value);
  await page.keyboard.press('Escape');
}

async function make(page: Page, samples: number): Promise<void> {
  const before = await sets(page).count();
  await page.getByTestId('traces-samples').fill(String(samples));
  await expect(page.getByTestId('traces-forecast')).toContainText(`${samples * cases.length} answers`, PATIENCE);
  await expect(page.getByTestId('start-traces')).toBeEnabled(PATIENCE);
  await page.getByTestId('start-traces').click();
  await expect(sets(page)).toHaveCount(before + 1, PATIENCE);
  await expect(page.getByTestId('making-running')).toBeHidden(PATIENCE);
  await expect(page.getByTestId('kept-sentence')).toContainText(`of ${samples * cases.length} answers`, PATIENCE);
}

test('an ONNX teacher writes rows; sets are renamed, deleted and had back', async ({ page }) => {
  await open(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles(dataset);
  await expect(page.getByTestId('dataset-summary')).toContainText('3 rows', PATIENCE);
  await page.getByTestId('data-part-make').click();

  await test.step('a teacher that is loaded here can be chosen', async () => {
    await page.getByTestId('add-peer').click();
    await page.getByTestId('peer-folder').setInputFiles(`${onnx}/tiny-llama`);
    await page.getByTestId('traces-peer').check({ ...PATIENCE, force: true });
    await sampling(page, { temperature: '0', max_new_tokens: '40' });
    await expect(page.getByTestId('traces-obstacle'), 'greedy answers are all the same').toContainText('set num_return_sequences to 1');
    await page.getByTestId('traces-samples').fill('1');
    await expect(page.getByTestId('traces-forecast')).toContainText('3 answers to 3 rows', PATIENCE);
    await lookEverywhere(page, 'traces-teacher');
  });

  await test.step('its greedy words are those of PyTorch, judged as any other', async () => {
    await make(page, 1);
    const words = async (part: string): Promise<string[]> => page.locator(`[data-testid=trace] [data-part=${part}]`).allInnerTexts();
    await expect(page.getByTestId('trace')).toHaveCount(3);
    const [thoughts, answers] = [await words('thought'), await words('answer')];
    const said = thoughts.map((thought, at) => `<think>${thought}</think>${answers[at]}`.replace(/\s/g, ''));
    expect(said.sort()).toEqual(cases.map(({ text }) => text.replace(/\s/g, '')).sort());
    await expect(page.getByTestId('kept-sentence')).toContainText('3 of 3 answers');
    await expect(page.getByTestId('trace-facts')).toContainText('tiny-llama');
  });

  await test.step('of two equal answers the second is left out', async () => {
    await sampling(page, { temperature: '0.01' }); // as good as greedy
    await make(page, 2);
    await expect(page.getByTestId('kept-sentence')).toContainText('3 of 6 answers');
    await expect(page.getByTestId('reason-duplicate')).toContainText('3');
  });

  await test.step('kept rows open as a dataset', async () => {
    await page.getByTestId('open-traces').click();
    await expect(page.getByTestId('dataset-summary')).toContainText('3 rows', PATIENCE);
    await page.getByTestId('data-part-make').click();
  });

  await test.step('a set has a name of its own, after a reload too', async () => {
    await page
      .getByRole('button', { name: /^Rename/ })
      .last()
      .click();
    await page.getByTestId('new-name').fill('Capitals, once');
    await page.getByTestId('new-name').press('Enter');
    await expect(sets(page).last()).toContainText('Capitals, once');
    await page.reload();
    await settled(page);
    await expect(sets(page)).toHaveCount(2, PATIENCE);
    await expect(sets(page).last()).toContainText('Capitals, once');
  });

  await test.step('deleted, it can be had back; deleted for good, it is gone after a reload', async () => {
    await sets(page).last().getByTestId('look-at-set').click();
    await expect(page.getByTestId('kept-sentence')).toContainText('3 of 3 answers', PATIENCE);
    await sets(page).last().getByTestId('delete-set').click();
    await expect(sets(page)).toHaveCount(1);
    await expect(page.getByTestId('trace-result'), 'what is deleted is not on show').toHaveCount(0);
    await page.getByTestId('undo-set').click();
    await expect(sets(page)).toHaveCount(2);
    await expect(sets(page).last()).toContainText('3 of 3 answers kept');
    await sets(page).first().getByTestId('delete-set').click();
    await expect(sets(page)).toHaveCount(1);
    await page.reload();
    await settled(page);
    await expect(sets(page)).toHaveCount(1, PATIENCE);
    await expect(sets(page)).toContainText('Capitals, once');
    await lookEverywhere(page, 'traces-sets', '[data-testid=trace-sets]');
  });

  await test.step('a making that is cancelled leaves nothing, unless it is had back', async () => {
    await page.getByTestId('traces-base').check();
    await page.getByTestId('traces-rows').fill('3'); // of the bundled rows: a file of one's own is not opened again
    await page.getByTestId('traces-samples').fill('64'); // enough that there is something to cancel
    await expect(page.getByTestId('traces-forecast')).toContainText('192 answers', PATIENCE);
    await expect(page.getByTestId('start-traces')).toBeEnabled(PATIENCE);
    await page.getByTestId('start-traces').click();
    await expect(page.getByTestId('making-progress')).toHaveText(/of 192 answers/, PATIENCE);
    await page.getByTestId('cancel-traces').click();
    await expect(page.getByTestId('making-running')).toBeHidden(PATIENCE);
    await expect(sets(page)).toHaveCount(1);
    await page.getByTestId('undo-set').click();
    await expect(sets(page)).toHaveCount(2);
    await sets(page).first().getByTestId('look-at-set').click();
    await expect(page.getByTestId('making-paused')).toContainText('of 192 answers are kept', PATIENCE);
    await expect(page.getByTestId('continue-traces')).toBeEnabled();
  });
});
