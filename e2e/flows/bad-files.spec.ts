/** Files that are not what they should be: one sentence that names the file, row or key and what to do, and what was loaded stays loaded. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { ask, choose, go, notice, open, PATIENCE, readAnswer } from './page.ts';
import { expect, test } from './support.ts';

const mini = resolve(import.meta.dirname, '../../public/models/mini');
const fixture = (name: string) => resolve(import.meta.dirname, '../fixtures', name);

/** The notice is one sentence; it is read and dismissed. */
async function complaint(page: Page, place: 'model' | 'data' | 'runs'): Promise<string> {
  const alert = notice(page, place);
  await expect(alert).toHaveCount(1, PATIENCE);
  const words = await alert.locator('.reading').innerText();
  await alert.getByRole('button', { name: 'Dismiss this message' }).click();
  await expect(alert).toHaveCount(0);
  return words;
}

/** A copy of the bundled model in which one file is changed. */
function broken(folder: string, file: string, change: (bytes: Buffer) => Buffer | string): string {
  cpSync(mini, folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(mini, file))));
  return folder;
}

/** Only a tensor's name is wrong: one letter in the header. */
const renamed = (bytes: Buffer) => {
  const at = bytes.indexOf('layers.1.mlp.router.weight');
  expect(at).toBeGreaterThan(0);
  bytes.write('layers.1.mlp.rooter.weight', at);
  return bytes;
};

/** A header that claims to be a terabyte long. */
const lying = (bytes: Buffer) => {
  bytes.writeBigUInt64LE(2n ** 40n, 0);
  return bytes;
};

test('models: another architecture, a truncated file, a missing tensor, no tokenizer', async ({ page }, info) => {
  await open(page);
  await expect(page.getByTestId('memory-bar')).toBeVisible(PATIENCE);
  // what a run takes is counted anew once all rows are
  const standing = async () => (await page.getByTestId('model-summary').innerText()).replaceAll(/[\d.]+ MiB/g, 'MiB');
  const summary = await standing();
  const asRwkv = (bytes: Buffer) => bytes.toString('utf8').replace('"gpt_oss"', '"rwkv"').replace('GptOssForCausalLM', 'RwkvForCausalLM');
  const cases: [string, RegExp][] = [
    [broken(info.outputPath('rwkv'), 'config.json', asRwkv), /rwkv.*gpt_oss/i],
    [broken(info.outputPath('cut'), 'model.safetensors', (bytes) => bytes.subarray(0, 100_000)), /model\.safetensors.*100000|100,?000/],
    [broken(info.outputPath('renamed'), 'model.safetensors', renamed), /model\.layers\.1\.mlp\.router\.weight/],
    [broken(info.outputPath('lying'), 'model.safetensors', lying), /model\.safetensors/],
    [fixture('models/mxfp4-yarn'), /mxfp4-yarn has no tokenizer\.json/],
    [fixture('flows'), /config\.json/],
  ];
  for (const [folder, words] of cases) {
    await page.getByTestId('model-folder').setInputFiles(folder);
    expect(await complaint(page, 'model'), folder).toMatch(words);
    expect(await standing()).toBe(summary);
  }
  await go(page, 'compare');
  await page.getByTestId('sampling').click();
  await page.getByTestId('sampling-max_new_tokens').fill('12');
  await page.keyboard.press('Escape');
  await ask(page, 'What is 27 + 38?');
  expect((await readAnswer(page, 'base', 'English')).thought).not.toBe('');
});

test('adapters: not a zip, a zip of something else, one of another model', async ({ page }) => {
  await open(page, 'runs');
  const zip = async (name: string, buffer: Buffer) => {
    await page.getByTestId('adapter-zip').setInputFiles({ name, mimeType: 'application/zip', buffer });
    return complaint(page, 'runs');
  };
  expect(await zip('letter.zip', Buffer.from('Dear all, this is not a zip.'))).toMatch(/letter\.zip is not a zip file/);
  expect(await zip('photos.zip', Buffer.from(zipSync({ 'cat.jpg': new Uint8Array([1, 2, 3]) })))).toMatch(/adapter_config\.json/);
  await page.getByTestId('adapter-folder').setInputFiles(fixture('peft/patterns/adapter'));
  expect(await complaint(page, 'runs')).toMatch(/does not fit this model/);
  await expect(page.getByTestId('no-adapter'), 'no adapter was made of any of them').toBeVisible();
});

test('datasets: nothing in it, nothing readable, not a dataset at all', async ({ page }) => {
  await open(page, 'data');
  const counted = page.getByTestId('trained-words');
  await expect(counted).toHaveText(/^600 of 600 rows train/, PATIENCE);
  const cases: [string, string | Buffer, RegExp][] = [
    ['notes.docx', Buffer.from('PK\u0003\u0004 and so on'), /notes\.docx is a zip archive or a spreadsheet/],
    ['picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1]), /picture\.png is not a text file; use JSONL/],
    ['letter.txt', 'Dear all,', /letter\.txt/],
    ['page.jsonl', '<!doctype html><title>404</title>', /page\.jsonl is a web page/],
    ['empty.jsonl', '', /empty\.jsonl is empty/],
    ['none.json', '[]', /none\.json has no rows/],
    ['header.csv', 'user,analysis,final\n', /header\.csv has no rows/],
    ['broken.jsonl', '{"user": \n{"user": \n', /broken\.jsonl.*row 1/],
    ['cut.parquet', readFileSync(fixture('data/sums.snappy.parquet')).subarray(0, 900), /cut\.parquet is not a readable Parquet file/],
  ];
  for (const [name, content, words] of cases) {
    await page.getByTestId('open-dataset').click();
    await page.getByTestId('dataset-file').setInputFiles({ name, mimeType: '', buffer: Buffer.from(content) });
    expect(await complaint(page, 'data'), name).toMatch(words);
    await expect(page.getByTestId('dataset-summary')).toContainText('mini.jsonl');
  }
  await expect(counted).toHaveText(/^600 of 600 rows train/);
});

test('datasets at the edge: one row, one message of a megabyte, all rows too long', async ({ page }) => {
  await open(page, 'data');
  const row = (user: string) =>
    `${JSON.stringify({ reasoning_language: 'German', user, analysis: 'Ich denke auf Deutsch.', final: 'So ist es.' })}\n`;
  const take = async (name: string, text: string) => {
    await page.getByTestId('open-dataset').click();
    await page.getByTestId('dataset-file').setInputFiles({ name, mimeType: '', buffer: Buffer.from(text) });
    await expect(page.getByTestId('dataset-summary')).toContainText(name);
  };
  await take('one.jsonl', row('Ist das eine Zeile?'));
  await expect(page.getByTestId('trained-words')).toHaveText(/^1 of 1 row train/);
  await go(page, 'train');
  await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);

  await go(page, 'data');
  await take('long.jsonl', row('Ist das eine Zeile?') + row('Wie lang ist das? '.repeat(60_000)));
  await expect(page.getByTestId('trained-words')).toHaveText(/^1 of 2 rows train.*Left out: 1 with problems/, PATIENCE);
  await expect(page.getByTestId('problems')).toContainText(/Row 2 has (more than )?\d+ tokens/);
  await page.getByTestId('problems').getByText('Row 2', { exact: true }).first().click();
  await expect(page.getByTestId('row-panel')).toContainText('Wie lang ist das?');

  await go(page, 'train');
  await choose(page, { max_length: 16 });
  await expect(page.getByTestId('readiness')).toContainText('No row of the dataset can be trained with these settings', PATIENCE);
  await expect(page.getByTestId('start-run')).toBeDisabled();
  await choose(page, { max_length: 192 });
  await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
});
