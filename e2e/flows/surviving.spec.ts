/**
 * What a person may do to a run, and what may happen to it: the GPU process dies, the tab is closed or crashes, a second tab wants to train too, the
 * tab is about to be closed. Each interrupted run ends with the losses of the one that nobody touched.
 */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import { crashGpu, go, open, PATIENCE, reaches, runNumber, settled, start, stepOf, stepsDone } from './page.ts';
import { expect, test } from './support.ts';

/** Enough that a quick machine is not done before it is interrupted for the last time. */
const STEPS = 24;
const SMALL = { max_steps: STEPS, per_device_train_batch_size: 1, adherence_steps: 0 };

/** Losses of the run that nobody touches; the same in every browser on the same adapter. */
let untouched: number[] | undefined;

test('nobody touches the run; it holds its locks while it goes and gives them back', async ({ page }) => {
  await page.addInitScript(countWakeLocks);
  await open(page);
  await expect.poll(() => locks(page)).toEqual([]); // how much room there is may just be looked up
  await start(page, SMALL);
  await stepsDone(page, 1);
  await expect.poll(() => locks(page)).toEqual(['mother-tongue.awake', 'mother-tongue.training']);
  expect(await page.evaluate(() => (window as unknown as Counted).wakeLocks)).toBe(1);
  await expect(page.getByTestId('saved-line')).toContainText('Saved up to step');
  await reaches(page, 'done');
  await expect.poll(() => locks(page)).toEqual([]);
  untouched = await losses(page);
  expect(untouched).toHaveLength(STEPS);
});

test.describe('the GPU process dies', () => {
  test.use({ expectedMessages: [/WebGPU|GPU|device|context/i] });

  test('the page says so, opens the GPU again and resumes to the same losses', async ({ page, browser }) => {
    await open(page);
    await start(page, SMALL);
    await stepsDone(page, 2);
    await crashGpu(browser);
    await expect(page.getByTestId('device-lost')).toContainText('The graphics device was lost', { timeout: 60_000 });
    await expect(page.getByTestId('live')).toHaveAttribute('data-phase', 'failed');
    await page.getByTestId('reopen-device').click();
    await expect(page.getByTestId('device-back')).toContainText('can be resumed after step', PATIENCE);
    await page.getByTestId('resume-after-loss').click();
    await reaches(page, 'done');
    expect(await losses(page)).toEqual(await untouchedLosses(browser));
  });
});

test.describe('the tab goes', () => {
  test.use({ expectedMessages: [/the page crashed/] });

  test('closed, crashed and closed again, the run goes on to the same losses', async ({ page, context, browser }) => {
    await open(page);
    await start(page, SMALL);
    await stepsDone(page, 1);
    let last = page;
    for (const leave of ['close', 'crash', 'close'] as const) {
      const step = await savedStep(last);
      if (leave === 'close') await last.close();
      else await crashTab(last);
      last = await context.newPage();
      await open(last, 'train');
      await expect(last.getByTestId('run-paused')).toContainText('can be resumed after step');
      expect(await stepOf(last), 'as the page promised').toBeGreaterThanOrEqual(step);
      await last.getByTestId('run-strip').getByRole('button', { name: 'Resume' }).click();
      await stepsDone(last, Math.min(STEPS, step + 2));
    }
    await reaches(last, 'done');
    expect(await losses(last)).toEqual(await untouchedLosses(browser));
  });
});

test('the storage is full: the run goes on and says what is not saved; the adapter can be exported', async ({ page, baseURL }) => {
  await open(page);
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(baseURL!).origin, quotaSize: 1024 });
  await start(page, { ...SMALL, max_steps: 12 });
  await expect(page.getByTestId('saved-line')).toContainText(/storage is full.+Closing this tab would lose all of it/);
  await reaches(page, 'done');
  await expect(page.getByTestId('run-ended')).toContainText('export it before you close it');
  expect(await losses(page)).toHaveLength(12);
});

test('a second tab does not train beside the first; the tab that trains asks before it closes, and only then', async ({
  page,
  context,
}) => {
  await open(page);
  await start(page, { ...SMALL, max_steps: 400 });
  await stepsDone(page, 1);
  const second = await context.newPage();
  await open(second, 'train');
  await expect(second.getByTestId('run-paused')).toContainText('under way in another tab');
  await expect(second.getByTestId('elsewhere')).toBeVisible();
  const resume = second.getByTestId('run-strip').getByRole('button', { name: 'Resume' });
  await expect(resume).toBeDisabled();
  await expect(resume).toHaveAttribute('title', /under way in another tab/);
  await second.close();
  await stepsDone(page, (await stepOf(page)) + 1);

  const asked = page.waitForEvent('dialog');
  const reload = page.reload({ timeout: 5_000 }).catch(() => undefined); // stays, so that nothing is loaded
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await reload;
  await stepsDone(page, (await stepOf(page)) + 1);
  await page.getByTestId('run-strip').getByRole('button', { name: 'Stop and keep' }).click();
  await reaches(page, 'stopped');
  await expect.poll(() => locks(page)).toEqual([]);
  page.on('dialog', () => expect(false, 'nothing to ask about').toBe(true));
  await page.reload();
  await settled(page);
});

/** From the first test of this file; a test that is run again, in a process of its own, makes such a run itself. */
async function untouchedLosses(browser: Browser): Promise<number[]> {
  if (untouched) return untouched;
  const page = await browser.newPage();
  await open(page);
  await start(page, SMALL);
  await reaches(page, 'done');
  untouched = await losses(page);
  await page.close();
  return untouched;
}

interface Counted {
  wakeLocks: number;
}

/** Software GPUs come without a screen to keep on. */
function countWakeLocks(): void {
  const counted = window as unknown as Counted;
  counted.wakeLocks = 0;
  const request = async (): Promise<object> => {
    counted.wakeLocks++;
    return { release: async () => undefined };
  };
  Object.defineProperty(navigator, 'wakeLock', { value: { request } });
}

/** What the page says that a closed tab would leave. */
async function savedStep(page: Page): Promise<number> {
  const line = page.getByTestId('saved-line');
  await expect(line).toContainText(/step \d+\./, PATIENCE);
  return Number(/step (\d+)\./.exec(await line.innerText())![1]);
}

async function locks(page: Page): Promise<string[]> {
  const held = await page.evaluate(async () => (await navigator.locks.query()).held ?? []);
  return held.map(({ name }) => name ?? '').sort();
}

async function crashTab(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const gone = page.waitForEvent('crash');
  void session.send('Page.crash').catch(() => undefined); // never answers
  await gone;
  await page.close();
}

/** The losses of all steps, from the log in the adapter's zip. */
async function losses(page: Page): Promise<number[]> {
  await expect(runNumber(page, 'Loss')).toBeVisible();
  await go(page, 'runs');
  const download = page.waitForEvent('download');
  await page.getByTestId('download-adapter').click();
  const files = unzipSync(new Uint8Array(readFileSync(await (await download).path())));
  const lines = strFromU8(files['log.jsonl']!)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; loss?: number });
  return lines.flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
}
