/**
 * How the six places look with something in them: screenshots in both themes for people to look at (test-results/screens), no serious
 * accessibility violation in either, nothing that scrolls sideways on a phone. And the self-test of all kernels, as a person starts it.
 */
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { createRepository, folderFiles } from '../hub/content.mjs';
import { startHub } from '../hub/server.mjs';
import { ask, go, open, PATIENCE, type Place, reaches, start, stepsDone } from './page.ts';
import { capture, checkAccessibility, expect, test } from './support.ts';

const PLACES: Place[] = ['model', 'data', 'train', 'compare', 'evaluate', 'runs'];

/** Looks at the page as it stands, in both themes. */
async function look(page: Page, name: string): Promise<void> {
  await capture(page, name, { each: () => checkAccessibility(page) });
}

test('the six places, before and after a run, light and dark, wide and narrow', async ({ page }) => {
  await open(page);
  await expect(page.getByTestId('start-first-run')).toBeVisible(PATIENCE);
  await look(page, 'first-visit');
  await go(page, 'train');
  await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
  await page.getByTestId('advanced').click();
  await look(page, 'train-settings');
  await page.getByTestId('advanced').click();
  await go(page, 'compare');
  await look(page, 'compare-empty');
  await go(page, 'runs');
  await look(page, 'runs-empty');

  await start(page, { max_steps: 12, per_device_train_batch_size: 4, learning_rate: '8e-3', warmup_steps: 2, adherence_steps: 4 });
  await stepsDone(page, 5);
  await page.getByTestId('run-strip').getByRole('button', { name: 'Pause' }).click();
  await reaches(page, 'paused');
  await look(page, 'train-live');
  await page.getByTestId('run-strip').getByRole('button', { name: 'Resume' }).click();
  await reaches(page, 'done');
  await go(page, 'compare');
  await page.getByTestId('examples').getByRole('button').first().click();
  await ask(page, await page.getByTestId('question').inputValue());
  for (const place of PLACES) {
    await go(page, place);
    await look(page, place);
  }
  await go(page, 'data');
  await page.getByTestId('row-view').getByText('Tokens', { exact: true }).click();
  await expect(page.getByTestId('tokens')).toBeVisible();
  await look(page, 'data-tokens');

  await page.setViewportSize({ width: 390, height: 844 });
  for (const place of PLACES) {
    await go(page, place);
    await staysWithin(page, place);
    await capture(page, `phone-${place}`);
  }
});

async function staysWithin(page: Page, what: string): Promise<void> {
  const { width, content } = await page.evaluate(() => ({ width: innerWidth, content: document.documentElement.scrollWidth }));
  expect(content, `${what} scrolls sideways`).toBeLessThanOrEqual(width);
}

test('getting a model: what is known, an offer, a download that is paused, what is cached; light and dark, wide and narrow', async ({
  page,
}) => {
  const mini = createRepository('someone/mini', folderFiles(resolve(import.meta.dirname, '../../public/models/mini')));
  const hub = await startHub({ repositories: [mini] });
  await open(page);
  await page.getByTestId('open-hub').click();
  const planner = page.getByTestId('planner-offered');
  await planner.getByTestId('gpu-size').selectOption({ label: '16 GiB' });
  await page.getByTestId('plan-recipe').getByText('Cookbook recipe').click();
  await expect(page.getByTestId('apply-change-offered')).toBeVisible(PATIENCE);
  await look(page, 'hub-planned');

  await page.getByTestId('hub-repository').fill(`${hub.endpoint}/someone/mini`);
  await page.getByTestId('hub-more').click();
  await page.getByTestId('hub-look').click();
  await expect(page.getByTestId('hub-open')).toBeVisible();
  await page.getByTestId('hub-offer').getByText('Show files').click();
  await expect(planner.getByTestId('verdict')).toBeVisible(PATIENCE);
  await look(page, 'hub-offer');
  hub.faults.push({ host: 'cdn', bytesPerSecond: 100_000, times: 1e6 });
  await page.getByTestId('hub-open').click();
  await page.getByTestId('hub-panel').getByTestId('pause-download').click();
  await expect(page.getByTestId('hub-panel').getByTestId('task-model')).toContainText('paused');
  await look(page, 'hub-paused');
  await page.getByTestId('hub-panel').getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByTestId('cached-model')).toBeVisible();
  await look(page, 'hub-cancelled');
  await page.setViewportSize({ width: 390, height: 844 });
  await staysWithin(page, 'getting a model');
  await capture(page, 'phone-hub', { fullPage: true });
  await hub.close();
});

test('all kernels pass the self-test, as a person starts it', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Test all kernels' }).click();
  const verdict = page.getByTestId('self-test-verdict');
  await expect(verdict).toHaveText(/^All \d+ cases are correct on this GPU\.$/, PATIENCE);
  expect(Number(/\d+/.exec(await verdict.innerText()))).toBeGreaterThan(50);
  await expect(page.getByTestId('self-test').getByText('wrong')).toHaveCount(0);
});
