/** A run in a person's hands: it waits when told to, goes on where it was, survives a reload in the middle, and leaves what it learned when stopped. */
import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { go, open, reaches, runNumber, settled, start, stepOf, stepsDone } from './page.ts';
import { expect, test } from './support.ts';

const STEPS = 10;
/** Small batches: what is tested is where a run goes on, not what it learns. */
const SMALL = { max_steps: STEPS, per_device_train_batch_size: 2, adherence_steps: 0 };

test('paused, resumed, paused again and reloaded, a run goes on at the same step to its end', async ({ page }) => {
  await open(page);
  const live = await start(page, SMALL);
  await stepsDone(page, 1);
  await live.page().getByTestId('run-strip').getByRole('button', { name: 'Pause' }).click();
  await reaches(page, 'paused');
  const paused = await stepOf(page);
  await go(page, 'data');
  await expect(page.getByTestId('strip-step')).toHaveText(`step ${paused}/${STEPS}`);
  await page.getByTestId('run-strip').getByRole('button', { name: 'Resume' }).click();
  await go(page, 'train');
  await stepsDone(page, paused + 1);

  await page.getByTestId('run-strip').getByRole('button', { name: 'Pause' }).click();
  await reaches(page, 'paused');
  const step = await stepOf(page);
  const loss = await runNumber(page, 'Loss').innerText();
  expect(step).toBeLessThan(STEPS);
  await page.reload();
  await settled(page);
  await expect(page.getByTestId('run-paused')).toContainText('can be resumed');
  expect(await stepOf(page)).toBe(step);
  await expect(runNumber(page, 'Loss')).toHaveText(loss);
  await page.getByTestId('run-strip').getByRole('button', { name: 'Resume' }).click();
  await reaches(page, 'done');
  expect(await loggedSteps(page)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
});

test('stopped, a run keeps what it has learned, also over a reload', async ({ page }) => {
  await open(page);
  await start(page, { ...SMALL, max_steps: 500 });
  await stepsDone(page, 2);
  await page.getByTestId('run-strip').getByRole('button', { name: 'Stop and keep' }).click();
  await reaches(page, 'stopped');
  const step = await stepOf(page);
  await expect(page.getByTestId('run-ended')).toContainText('was kept');
  expect(await loggedSteps(page)).toHaveLength(step);
  await page.reload();
  await settled(page);
  await expect(page.getByTestId('adapter-sentence')).toContainText(`${step} steps`);
});

/** Downloads the adapter and reads the steps of its log. */
async function loggedSteps(page: Parameters<typeof open>[0]): Promise<number[]> {
  await go(page, 'runs');
  const download = page.waitForEvent('download');
  await page.getByTestId('download-adapter').click();
  const files = unzipSync(new Uint8Array(readFileSync(await (await download).path())));
  const lines = strFromU8(files['log.jsonl']!).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { step: number }).step);
}
