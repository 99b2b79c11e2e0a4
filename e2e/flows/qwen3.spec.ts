/**
 * The whole way with a model of a dense family and both of its modes: a folder as Qwen3 is published, rows with reasoning, a mixed run, think beside no
 * think, the adapter and the merged model taken along and published, both opened again. Their answers are those of the run, word for word.
 */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import { writeQwen3Folder } from '../fixtures/qwen3-folder.ts';
import { type HubFixtures, hubFixtures, openFromHub, publishAs } from './hub-support.ts';
import { ask, choose, go, open, PATIENCE, reaches, start } from './page.ts';
import { test as base, expect } from './support.ts';

const test = base.extend<Pick<HubFixtures, 'hub'>>({ hub: hubFixtures.hub });

const QUESTION = 'Was ist 2 + 3?';
const WORDS = ['null', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht'];

/** Rows as people have them: messages, the reasoning under a key of its own. */
const rows = Array.from({ length: 24 }, (_, i) => {
  const [a, b] = [i % 5, (i * 3) % 4];
  return JSON.stringify({
    messages: [
      { role: 'system', content: 'reasoning language: German' },
      { role: 'user', content: `Was ist ${a} + ${b}?` },
      {
        role: 'assistant',
        reasoning_content: `Ich rechne ${WORDS[a]} plus ${WORDS[b]}. Das ist ${WORDS[a + b]}.`,
        content: `Es ist ${a + b}.`,
      },
    ],
  });
});

type Mode = 'think' | 'no_think';
type Answers = Record<Mode, { thought: string; answer: string }>;

test('a Qwen3 folder: rows, both modes, a run, answers, adapter and merged model out, to the Hub, and in again', async ({
  page,
  hub,
}, info) => {
  const folder = info.outputPath('qwen3');
  writeQwen3Folder(folder);

  await test.step('the folder opens, with the format of its template', async () => {
    await open(page);
    await openFolder(page, folder);
    await expect(page.getByTestId('model-summary')).toContainText('qwen3');
  });

  await trainBothModes(page);

  const trained = await test.step('think beside no think, with the adapter and without', async () => {
    await page.getByTestId('to-compare').click();
    await page.getByTestId('sampling').click();
    await page.getByTestId('sampling-max_new_tokens').fill('48');
    await page.keyboard.press('Escape');
    await page.getByTestId('think-mode').getByText('Both', { exact: true }).click();
    await ask(page, QUESTION);
    const [adapter, plain] = [await answersOf(page, 'adapter'), await answersOf(page, 'base')];
    expect(adapter.think.thought).not.toBe('');
    expect(adapter.no_think.thought, 'no reasoning, as asked').toBe('');
    expect(adapter.no_think.answer).not.toBe('');
    expect(adapter).not.toEqual(plain);
    return adapter;
  });

  await go(page, 'runs');
  const zip = await test.step('the adapter as a zip', async () => {
    const download = page.waitForEvent('download');
    await page.getByTestId('download-adapter').click();
    const path = await (await download).path();
    const config = JSON.parse(strFromU8(unzipSync(new Uint8Array(readFileSync(path)))['adapter_config.json']!)) as { r: number };
    expect(config.r).toBe(8);
    return path;
  });

  await test.step('the merged model as a zip, in the types of its files', async () => {
    const panel = page.getByTestId('merged');
    await panel.getByTestId('merge-plan').click();
    await expect(panel.getByTestId('merged-files')).toContainText('chat_template.jinja', PATIENCE);
    await panel.getByText('f32', { exact: true }).click();
    const download = page.waitForEvent('download', PATIENCE);
    await panel.getByTestId('merge-zip').click();
    const names = Object.keys(unzipSync(new Uint8Array(readFileSync(await (await download).path()))));
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'chat_template.jinja', 'generation_config.json'])
      expect(names.map((path) => path.split('/').at(-1))).toContain(name);
  });

  await test.step('both go to the Hub', async () => {
    hub.uploads.users.hf_ada = { name: 'ada' };
    const publish = page.getByTestId('publish');
    await publish.getByTestId('publish-open').click();
    await expect(publish.getByTestId('publish-files')).toContainText('adapter_model.safetensors', PATIENCE);
    await publishAs(page, hub.endpoint, 'ada/sums-adapter');
    await expect(publish.getByTestId('published')).toContainText('ada/sums-adapter', PATIENCE);
    await publish.getByText('Merged model', { exact: true }).click();
    await expect(publish.getByTestId('publish-files')).toContainText('chat_template.jinja', PATIENCE);
    await publishAs(page, hub.endpoint, 'ada/sums');
    await expect(publish.getByTestId('published')).toContainText(/ada\/sums(?!-)/, PATIENCE);
    await page.screenshot({ path: 'test-results/screens/qwen3-published.png', fullPage: true });
  });

  await test.step('the zip on the base again answers as the run did', async () => {
    await page.getByTestId('remove-adapter').click();
    await page.getByTestId('remove-adapter-yes').click();
    await expect(page.getByTestId('no-adapter')).toBeVisible();
    await go(page, 'model');
    const again = info.outputPath('qwen3-again'); // another name, so that it is seen when it is there
    writeQwen3Folder(again);
    await openFolder(page, again);
    await go(page, 'runs');
    await page.getByTestId('adapter-zip').setInputFiles({ name: 'mine.zip', mimeType: 'application/zip', buffer: readFileSync(zip) });
    await expect(page.getByTestId('adapter')).toContainText('imported', PATIENCE);
    expect(await askBoth(page, 'adapter')).toEqual(trained);
  });

  await test.step('the merged model from the Hub answers as the run did', async () => {
    await go(page, 'model');
    await openFromHub(page, hub.endpoint, 'ada/sums');
    await expect(heading(page)).toContainText('sums', PATIENCE);
    expect(await askBoth(page, 'base')).toEqual(trained);
    await page.screenshot({ path: 'test-results/screens/qwen3-merged.png' });
  });
});

const heading = (page: Page) => page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first();

async function openFolder(page: Page, folder: string): Promise<void> {
  await page.getByTestId('model-folder').setInputFiles(folder);
  await expect(heading(page)).toHaveText(folder.split('/').at(-1)!, PATIENCE);
}

async function askBoth(page: Page, source: 'base' | 'adapter'): Promise<Answers> {
  await go(page, 'compare');
  await expect(page.getByTestId('think-mode').getByRole('radio', { name: 'Both' }), 'the choice stays').toBeChecked();
  await ask(page, QUESTION);
  return answersOf(page, source);
}

async function answersOf(page: Page, source: 'base' | 'adapter'): Promise<Answers> {
  const read = async (mode: Mode) => {
    const cell = page.getByTestId(`cell-${source}-German-${mode}`);
    await expect(cell).toBeVisible();
    const text = async (id: string) => (await cell.getByTestId(id).allInnerTexts()).join('');
    return { thought: await text('thought'), answer: await text('answer') };
  };
  return { think: await read('think'), no_think: await read('no_think') };
}

async function trainBothModes(page: Page): Promise<void> {
  await test.step('own rows, a share of each mode', async () => {
    await go(page, 'data');
    await page.getByTestId('open-dataset').click();
    await page.getByTestId('dataset-file').setInputFiles({ name: 'sums.jsonl', mimeType: '', buffer: Buffer.from(rows.join('\n')) });
    await expect(page.getByTestId('trained-words')).toHaveText(/^24 of 24 rows train/, PATIENCE);
    await page.getByTestId('thinking').click();
    await page.getByRole('option', { name: 'mixed, a share of each' }).click();
    await expect(page.getByTestId('row-modes')).toHaveText(/[1-9]\d* rows with reasoning \(think\) and [1-9]\d* with the answer alone/);
    await page.getByTestId('row-view').getByText('Template', { exact: true }).click();
    await expect(page.getByTestId('row-panel')).toContainText('<|im_start|>assistant');
  });

  await test.step('a run of both modes', async () => {
    await go(page, 'train');
    await choose(page, { r: 8, lora_alpha: 32, per_device_train_batch_size: 8, gradient_accumulation_steps: 1, learning_rate: '1e-2' });
    await start(page, { max_steps: 40, adherence_steps: 0 });
    await reaches(page, 'done');
    await expect(page.getByTestId('chart-loss').getByRole('img')).toHaveAttribute('aria-label', /think.*no think/);
  });
}
