/** Two runs, kept: their curves over each other with the setting in which they differ, searched, renamed, opened again, their settings taken along. */
import type { Page } from '@playwright/test';
import { AdapterShelf } from '../../src/engine/files/adapter-shelf.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import { RunLibrary } from '../../src/engine/files/run-library.ts';
import type { Bytes } from '../../src/engine/files/source.ts';
import { defaultSettings, withValueAt } from '../../src/protocol/setting-values.ts';
import type { RunRecord } from '../../src/protocol/training.ts';
import { ask, fromMenu, go, open, PATIENCE, reaches, settled, start } from './page.ts';
import { capture, expect, lookEverywhere, test } from './support.ts';

const SMALL = { max_steps: 4, per_device_train_batch_size: 2, adherence_steps: 0, save_steps: 2 };

test('trained twice, both runs are kept and lie over each other', async ({ page }) => {
  await open(page, 'runs');
  await expect(page.getByTestId('library-empty')).toBeVisible();
  for (const learning_rate of ['1e-3', '8e-3']) {
    await start(page, { ...SMALL, learning_rate });
    await reaches(page, 'done');
  }
  await go(page, 'runs');
  const rows = page.getByTestId('library-row');
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(0)).toContainText('lr 8e-3');
  await expect(rows.nth(1)).toContainText('lr 1e-3');
  await expect(rows.nth(0)).toContainText('1 checkpoint');
  await expect(rows.nth(0).getByTestId('sparkline')).toBeVisible();

  await test.step('over each other, with what differs', async () => {
    for (const row of [rows.nth(1), rows.nth(0)]) await row.getByTestId('choose-run').click();
    const overlay = page.getByTestId('overlay');
    await expect(overlay.getByTestId('chart-loss')).toBeVisible();
    await expect(overlay.getByTestId('differing').locator('tbody tr')).toHaveCount(1);
    await expect(overlay.getByTestId('differing')).toContainText(/Learning rate\s+learning_rate\s*0.001\s*0.008/);
    await lookEverywhere(page, 'runs');
  });

  await test.step('a checkpoint stands on the model', async () => {
    await fromMenu(rows.nth(0), 'stand-checkpoint');
    await expect(page.getByTestId('adapter-sentence')).toContainText('2 steps', PATIENCE);
    await rows.nth(0).getByTestId('stand-adapter').click();
    await expect(page.getByTestId('adapter-sentence')).toContainText('4 steps', PATIENCE);
  });

  await test.step('both adapters in Compare as rows', async () => {
    await fromMenu(rows.nth(1), 'compare-kept');
    await ask(page, 'What is 27 + 38?');
    const articles = page.getByTestId('answers').getByRole('article');
    const names = new Set(
      await articles.evaluateAll((all) => all.map((one) => (one.getAttribute('aria-label') ?? '').split(', reasoning')[0])),
    );
    expect(names.size, 'base and two adapters').toBe(3);
    await go(page, 'runs');
    await fromMenu(rows.nth(1), 'evaluate-kept');
    await expect(page.getByTestId('place-evaluate')).toBeVisible();
    await go(page, 'runs');
  });

  await test.step('found by a setting, named, opened, taken along', async () => {
    await page.getByTestId('library-search').fill('lr=0.001');
    await expect(rows).toHaveCount(1);
    await fromMenu(rows.first(), 'rename-adapter');
    await page.getByTestId('new-name').fill('Slowly');
    await page.keyboard.press('Enter');
    await expect(rows.first()).toContainText('Slowly');
    await fromMenu(rows.first(), 'open-run');
    await expect(page.getByTestId('place-train').getByTestId('live')).toHaveAttribute('data-phase', 'done');
    await go(page, 'runs');
    await fromMenu(rows.first(), 'duplicate-run');
    await expect(page.getByTestId('setting-learning_rate')).toHaveValue(/0\.001|1e-3/);
  });

  await test.step('deleting gives the room back, and undo the run', async () => {
    await go(page, 'runs');
    await page.getByTestId('library-search').fill('');
    const used = async () => Number(await page.getByTestId('library-storage').getAttribute('data-used'));
    const before = await used();
    await fromMenu(rows.nth(1), 'delete-adapter');
    await expect(rows).toHaveCount(1);
    await page.getByTestId('undo-delete').click();
    await expect(rows).toHaveCount(2);
    await fromMenu(rows.nth(1), 'delete-adapter');
    await expect.poll(used, { timeout: 30_000 }).toBeLessThan(0.7 * before);
  });
});

const RUNS = 200;
const ADAPTERS = 50;
const OPENS_IN_MS = 200;

test(`${RUNS} runs and ${ADAPTERS} adapters: the list opens at once, and deleting gives the room back`, async ({ page }) => {
  await open(page);
  await writeFiles(page, await manyRuns());
  await page.reload();
  await settled(page);
  const isHere = () => performance.getEntriesByType('resource').some(({ name }) => /runs-screen-.*\.js/.test(name));
  await expect.poll(() => page.evaluate(isHere), 'the code of the last place has been fetched').toBe(true);
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    times.push(await opening(page));
    await go(page, 'model');
  }
  console.log(`the library opens in ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  expect(times[0], 'the first time, when nothing of the place has run yet').toBeLessThan(OPENS_IN_MS);
  expect(times.sort((a, b) => a - b)[2]).toBeLessThan(OPENS_IN_MS);

  await go(page, 'runs');
  const rows = page.getByTestId('library-row');
  await expect(page.getByTestId('library-storage')).toContainText(`${RUNS} runs and adapters, `);
  expect(await rows.count(), 'a screenful').toBeLessThan(30);
  await page.getByTestId('library-sort').getByText('Best').click();
  await expect(rows.first()).toContainText('Run 199');
  await capture(page, 'runs-many');
  const used = async () => Number(await page.getByTestId('library-storage').getAttribute('data-used'));
  const before = await used();
  await fromMenu(rows.first(), 'delete-adapter');
  await expect(rows.first()).toContainText('Run 198');
  await page.getByRole('button', { name: 'Close' }).or(page.locator('.mantine-Notification-closeButton')).first().click();
  await expect.poll(used, PATIENCE).toBeLessThan(before - ADAPTER_BYTES);
  const left = await page.evaluate(async (id) => {
    const names: string[] = [];
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('mother-tongue');
    for await (const name of root.keys()) if (name.includes(id)) names.push(name);
    return names;
  }, idOf(199));
  expect(left).toEqual([]);
});

/** Milliseconds from the press on Runs until its first rows are drawn. */
function opening(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const began = performance.now();
    document.querySelector<HTMLElement>('[data-testid=step-runs]')!.click();
    while (!document.querySelector('[data-testid=library-row]')) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - began;
  });
}

const ADAPTER_BYTES = 20_000;
const idOf = (i: number): string => `20261101${String(i).padStart(9, '0')}`;

/** As the page writes them; every fourth run has an adapter. */
async function manyRuns(): Promise<Map<string, Bytes>> {
  const files = new Map<string, Bytes>();
  const [library, shelf] = [new RunLibrary(memoryStore(files)), new AdapterShelf(memoryStore(files))];
  const hashes = { model: 'aa', dataset: 'bb' };
  for (let i = 0; i < RUNS; i++) {
    const run = generatedRun(i);
    await library.put(run, hashes);
    await library.rename(run.id, `Run ${i}`);
    if (i % (RUNS / ADAPTERS) !== 3) continue;
    const about = {
      name: `Adapter ${i}`,
      origin: 'trained' as const,
      kept: run.started,
      model: { name: 'mini', hash: 'aa' },
      hash: String(i),
    };
    await shelf.put(
      { ...about, bytes: ADAPTER_BYTES, run: { ...run, metrics: run.metrics.slice(-1) } },
      new Uint8Array(ADAPTER_BYTES),
      false,
    );
  }
  return files;
}

function generatedRun(i: number): RunRecord {
  const metrics = Array.from({ length: 120 }, (_, step) => ({
    step: step + 1,
    epoch: step / 120,
    loss: 3 / (1 + step * (1 + i / 100)) + Math.abs(Math.sin(step * i)) / 50 - i / 1e4,
    learning_rate: 2e-4,
    grad_norm: 1,
    num_tokens: 1000 * step,
    step_time: 0.3,
    tokens_per_second: 3000,
  }));
  metrics.at(-1)!.loss = 1 - i / 1000;
  const settings = withValueAt(defaultSettings('2026-11-01'), 'optimizer.learning_rate', 1e-4 * (1 + (i % 7)));
  const started = new Date(Date.UTC(2026, 10, 1, 0, i)).toISOString();
  const about = { id: idOf(i), started, model: 'mini', dataset: `rows-${i % 5}.jsonl`, settings, phase: 'done' as const };
  return { ...about, total_steps: 120, metrics, evals: [], samples: [] };
}

async function writeFiles(page: Page, files: ReadonlyMap<string, Bytes>): Promise<void> {
  const plain = [...files].map(([name, bytes]): [string, string] => [name, Buffer.from(bytes).toString('base64')]);
  await page.evaluate(async (all) => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('mother-tongue', { create: true });
    for (const [name, base64] of all) {
      const writable = await (await root.getFileHandle(name, { create: true })).createWritable();
      await writable.write(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
      await writable.close();
    }
  }, plain);
}
