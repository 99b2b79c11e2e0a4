/**
 * The engine is caught in something that never lets others through: the page offers to wait or to end it, an ordinary run never makes it do so, and
 * what was saved comes back, the run included. The page's clock is put forward; the engine's thread keeps its own.
 */
import type { Page, Worker } from '@playwright/test';
import { SILENT_AFTER } from '../../src/client/pulse.ts';
import { open, PATIENCE, reaches, settled, start, stepsDone } from './page.ts';
import { checkAccessibility, expect, test } from './support.ts';

const STEPS = 12;

const engineOf = (page: Page): Worker => page.workers().find((worker) => /\/worker-/.test(worker.url()))!;

/** Blocks the engine's thread, as a decoder without an end would, for `seconds` or for ever. In a task of its own: the browser never ends a debugger's. */
async function block(page: Page, seconds = Number.MAX_SAFE_INTEGER): Promise<void> {
  await engineOf(page).evaluate((until) => {
    setTimeout(() => {
      const began = Date.now();
      while (Date.now() - began < until * 1000);
    }, 0);
  }, seconds);
}

/** Long enough for the page to lose its patience with an engine that does not answer. */
const losePatience = (page: Page): Promise<void> => page.clock.runFor((SILENT_AFTER + 3) * 1000);

test('an engine that hangs during a run is ended, and the run goes on from its last saved state', async ({ page }, info) => {
  await page.clock.install();
  await open(page);
  const silent = page.getByTestId('engine-silent');
  await start(page, { max_steps: STEPS, per_device_train_batch_size: 2, adherence_steps: 0 });
  await stepsDone(page, 3);
  await expect(silent, 'a run at work is no silence').toHaveCount(0);
  await block(page);
  await losePatience(page);
  await expect(silent).toContainText(`has not answered for ${SILENT_AFTER} s`);
  await expect(silent).toContainText(/The run goes on from step \d+, which is saved/);
  await checkAccessibility(page);
  await page.screenshot({ path: info.outputPath('engine-silent.png') });
  await page.getByTestId('restart-engine').click();
  await settled(page);
  await expect(silent).toHaveCount(0);
  await reaches(page, 'done');
  await stepsDone(page, STEPS);
});

test('one that was only slow goes on, whether one waits or not', async ({ page }) => {
  await page.clock.install();
  await open(page, 'data');
  const silent = page.getByTestId('engine-silent');
  await block(page, 12);
  await losePatience(page);
  await expect(silent).toBeVisible();
  await page.getByTestId('wait-for-engine').click();
  await expect(silent).toHaveCount(0);
  await losePatience(page);
  await expect(silent, 'it still does not answer').toBeVisible();
  await expect(silent, 'it answers again').toHaveCount(0, PATIENCE);
  for (let second = 0; second < SILENT_AFTER + 5; second++) {
    await page.clock.runFor(1000);
    await engineOf(page).evaluate(() => 0); // what it was asked before is answered
  }
  await expect(silent).toHaveCount(0);
  await expect(page.getByTestId('row-list')).toBeVisible();
  await settled(page);
});
