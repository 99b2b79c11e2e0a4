/**
 * The engine is caught in something that never lets others through: the page offers to wait or to end it, an ordinary run never makes it do so, and
 * what was saved comes back, the run included.
 */
import type { Page } from '@playwright/test';
import { open, PATIENCE, reaches, settled, start, stepsDone } from './page.ts';
import { checkAccessibility, expect, test } from './support.ts';

const STEPS = 40;

/** Blocks the engine's thread, as a decoder without an end would, for `seconds` or for ever. In a task of its own: the browser never ends a debugger's. */
async function block(page: Page, seconds = Number.MAX_SAFE_INTEGER): Promise<void> {
  const engine = page.workers().find((worker) => /\/worker-/.test(worker.url()))!;
  await engine.evaluate((until) => {
    setTimeout(() => {
      const began = Date.now();
      while (Date.now() - began < until * 1000);
    }, 0);
  }, seconds);
}

test('an engine that hangs during a run is ended, and the run goes on from its last saved state', async ({ page }, info) => {
  await open(page);
  const silent = page.getByTestId('engine-silent');
  await start(page, { max_steps: STEPS, per_device_train_batch_size: 2, adherence_steps: 0 });
  await stepsDone(page, 3);
  await expect(silent, 'a run at work is no silence').toHaveCount(0);
  await block(page);
  await expect(silent).toContainText('has not answered for 20 s', { timeout: 60_000 });
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
  await open(page, 'data');
  const silent = page.getByTestId('engine-silent');
  await block(page, 45);
  await expect(silent).toBeVisible({ timeout: 60_000 });
  await page.getByTestId('wait-for-engine').click();
  await expect(silent).toHaveCount(0);
  await expect(page.getByTestId('row-list')).toBeVisible(PATIENCE);
  await page.waitForTimeout(25_000);
  await expect(silent).toHaveCount(0);
  await settled(page);
});
