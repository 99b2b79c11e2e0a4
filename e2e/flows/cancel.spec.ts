/**
 * Cancel leaves no dead end: unpacking a dataset, counting its tokens and preparing a run are cancelled one after another on one page; each time the
 * page says so, what was there before is still there, and a button goes on.
 */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import type { Page } from '@playwright/test';
import { go, open, PATIENCE, reaches, stepsDone } from './page.ts';
import { checkAccessibility, expect, test } from './support.ts';

const ROWS = 60_000;
const line = (i: number) =>
  `${JSON.stringify({
    reasoning_language: i % 2 ? 'German' : 'French',
    user: `Was ist ${i} plus ${i + 1}?`,
    analysis: `Ich addiere ${i} und ${i + 1}. Das Ergebnis ist ${2 * i + 1}. `.repeat(4),
    final: `Es ist ${2 * i + 1}.`,
  })}\n`;

/** Rows of so many bytes as one gzip file. */
async function packed(bytes: number): Promise<Buffer> {
  const repeated = Buffer.from(line(1).repeat(2 ** 14));
  const pieces = Array.from({ length: Math.ceil(bytes / repeated.length) }, () => repeated);
  return buffer(Readable.from(pieces).pipe(createGzip({ level: 1 })));
}

async function choose(page: Page, name: string, content: Buffer): Promise<void> {
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: content });
}

async function cancel(page: Page, task: string): Promise<void> {
  await page.getByTestId(`task-${task}`).getByRole('button', { name: 'Cancel' }).click(PATIENCE);
}

test('unpacking, counting and preparing', async ({ page }, info) => {
  await open(page, 'data');
  const summary = page.getByTestId('dataset-summary');
  const before = await summary.getByRole('heading').innerText();

  await test.step('unpacking a gzip file of half a gigabyte', async () => {
    await choose(page, 'huge.jsonl.gz', await packed(2 ** 29));
    await expect(page.getByTestId('task-dataset')).toContainText(/Unpacking huge\.jsonl\.gz.* of .*iB/s, PATIENCE);
    await page.screenshot({ path: info.outputPath('unpacking.png') });
    await cancel(page, 'dataset');
    const note = page.getByTestId('cancelled-read-dataset');
    await expect(note).toContainText('Unpacking huge.jsonl.gz was cancelled; nothing that was loaded before is lost.');
    await expect(summary.getByRole('heading')).toHaveText(before);
    await checkAccessibility(page);
    await page.screenshot({ path: info.outputPath('unpacking-cancelled.png') });
    await note.getByRole('button', { name: 'Read it again' }).click();
    await expect(note).toHaveCount(0);
    await cancel(page, 'dataset');
    await note.getByRole('button', { name: 'Dismiss this message' }).click();
  });

  await test.step('counting', async () => {
    await choose(page, 'many.jsonl', Buffer.from(Array.from({ length: ROWS }, (_, i) => line(i)).join('')));
    await cancel(page, 'tokens');
    const note = page.getByTestId('counting-cancelled');
    await expect(note).toContainText(/Counting was cancelled, so figures are estimated from [\d,]+ rows\./);
    await expect(page.getByTestId('trained-words')).toContainText('A run counts all rows before its first step.');
    await page.screenshot({ path: info.outputPath('counting-cancelled.png') });
    await note.getByRole('button', { name: 'Count again' }).click();
    await expect(note).toHaveCount(0);
    await cancel(page, 'tokens');
    await go(page, 'train');
    await expect(note).toBeVisible();
  });

  await test.step('preparing', async () => {
    await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
    await page.getByTestId('start-run').click();
    await cancel(page, 'prepare');
    await expect(page.getByTestId('run-ended')).toContainText('The run was stopped before its first step', PATIENCE);
    await page.screenshot({ path: info.outputPath('preparing-cancelled.png') });
    await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
    await page.getByTestId('start-run').click();
    await reaches(page, 'training');
    await stepsDone(page, 1);
    await page.getByTestId('run-strip').getByRole('button', { name: 'Stop and keep' }).click();
    await reaches(page, 'stopped');
  });
});
