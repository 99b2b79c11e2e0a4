/**
 * Knowing that it fits, and getting a model, as a person does it on the page: whether gpt-oss-20b fits with one click and no download, sliders that
 * are the settings, a download that is paused, cancelled and resumed, models cached and deleted, a folder that comes back after a reload.
 * The whole way from the Hub to an adapter is from-the-hub.spec.ts.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { createRepository, folderFiles } from '../hub/content.mjs';
import { type HubFixtures, hubFixtures } from './hub-support.ts';
import { choose, crashGpu, go, notice, open, PATIENCE, settled } from './page.ts';
import { test as base, capture, checkAccessibility, expect } from './support.ts';

const mini = resolve(import.meta.dirname, '../../public/models/mini');
const GIB = 2 ** 30;

const test = base.extend<Pick<HubFixtures, 'hub'>>({ hub: hubFixtures.hub });

/** The planner's figures once it has answered for what stands now. */
async function planned(page: Page, subject: 'offered' | 'loaded'): Promise<{ verdict: string | null; words: string }> {
  const planner = page.getByTestId(`planner-${subject}`);
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame); // the change is drawn, and the planner busy with it
  });
  await expect(planner).toHaveAttribute('aria-busy', 'false', PATIENCE);
  return { verdict: await planner.getByTestId('verdict').getAttribute('data-verdict'), words: await planner.innerText() };
}

const size = (page: Page, subject: 'offered' | 'loaded', gib: number) =>
  page
    .getByTestId(`planner-${subject}`)
    .getByTestId('gpu-size')
    .selectOption(String(gib * GIB));

test('whether gpt-oss-20b fits, with one click and nothing fetched; the change that is offered makes it fit', async ({ page }) => {
  const requests: string[] = [];
  await open(page);
  page.on('request', (request) => requests.push(request.url()));
  await page.getByTestId('open-hub').click();
  const unknown = await planned(page, 'offered');
  expect(unknown.words).toMatch(/Training takes 1\d(\.\d)? GiB and answering 1\d(\.\d)? GiB/);
  await size(page, 'offered', 24);
  await expect.poll(async () => (await planned(page, 'offered')).verdict).toBe('fits');
  await checkAccessibility(page);

  await size(page, 'offered', 16);
  await page.getByTestId('plan-recipe').getByText('Cookbook recipe').click();
  await expect.poll(async () => (await planned(page, 'offered')).verdict).toBe('does-not-fit');
  await page.getByTestId('apply-change-offered').click();
  await expect.poll(async () => (await planned(page, 'offered')).verdict).not.toBe('does-not-fit');
  await expect(page.getByTestId('planner-offered')).toContainText('= 16 rows per step');
  expect(requests.filter((url) => !url.startsWith(new URL(page.url()).origin))).toEqual([]);

  await page.reload();
  await settled(page);
  await expect(page.getByTestId('gpu-size'), 'the size of the GPU is remembered').toHaveValue(String(16 * GIB));
});

test('on Train the sliders are the settings, by keyboard too', async ({ page }) => {
  await open(page, 'train');
  const before = await planned(page, 'loaded');
  const slider = page.getByTestId('plan-max_length').getByRole('slider');
  await expect(slider).toHaveAttribute('aria-valuetext', /tokens$/);
  const length = Number(await page.getByTestId('setting-max_length').inputValue());
  await slider.press('ArrowRight');
  await expect(page.getByTestId('setting-max_length')).not.toHaveValue(String(length));
  expect(Number(await page.getByTestId('setting-max_length').inputValue())).toBeGreaterThan(length);
  // No row of the bundled dataset is that long, so the plan, which is of its rows, stays; that of another batch does not.
  await page.getByTestId('setting-per_device_train_batch_size').fill('2');
  await expect.poll(async () => (await planned(page, 'loaded')).words).not.toBe(before.words);
  await page.getByTestId('setting-gradient_accumulation_steps').fill('3');
  await expect(page.getByTestId('plan-per_device_train_batch_size')).toContainText('× 3 = 6 rows per step');
  await page.getByTestId('plan-r').getByRole('slider').press('End');
  await expect(page.getByTestId('setting-r')).toHaveValue('128');
});

test('a value out of its range is kept, named under its input, and stops the start', async ({ page }) => {
  await open(page, 'train');
  const rate = page.getByTestId('setting-learning_rate');
  const start = page.getByTestId('start-run');
  await expect(start).toBeEnabled(PATIENCE);
  await choose(page, { learning_rate: '1e9', max_length: 4096, r: '' });
  await expect(rate, 'nothing is clamped').toHaveValue('1e9');
  await expect(page.getByTestId('setting-max_length')).toHaveValue('4096');
  const panel = page.getByTestId('settings');
  const sentences = [
    'learning_rate is 1e9 and must be a number above 0 and at most 1.',
    'max_length is 4096 and must be a whole number from 2 to 2,048, the positions of this model.',
    'r is not a number and must be a whole number from 1 to 128, the smaller side of the largest adapted weight of this model.',
  ];
  for (const sentence of sentences) {
    await expect(panel.getByText(sentence)).toBeVisible();
    await expect(page.getByTestId('readiness'), 'the worker says the same').toContainText(sentence);
  }
  await expect(start).toBeDisabled();
  await expect(page.getByTestId('readiness'), 'no verdict on what cannot be planned').not.toContainText('Fits');
  await expect(rate).toHaveAttribute('aria-invalid', 'true');
  await capture(page, 'train-out-of-range');
  await checkAccessibility(page);
  await choose(page, { learning_rate: '1e-3', max_length: 192, r: 8 });
  await expect(panel.getByText('must be')).toHaveCount(0);
  await expect(start).toBeEnabled(PATIENCE);
});

test('a gated model is paused, cancelled, resumed, kept over a reload and deleted', async ({ page, hub }) => {
  hub.repositories.set('some/mini', createRepository('some/mini', folderFiles(mini), { token: 'hf_right', gated: 'manual' }));
  await open(page);
  await page.getByTestId('open-hub').click();
  await page.getByTestId('hub-repository').fill('mini');
  await page.getByTestId('hub-look').click();
  await expect(page.getByTestId('hub-panel')).toContainText('Write it as owner/name');
  await page.getByTestId('hub-repository').fill(`${hub.endpoint}/some/mini`); // a pasted address
  await expect(page.getByTestId('hub-repository')).toHaveValue('some/mini');
  await page.getByTestId('hub-look').click();
  await expect(notice(page, 'model')).toContainText('token');
  await page.getByTestId('hub-more').click();
  await page.getByTestId('hub-token').fill('hf_right');
  await page.getByTestId('hub-look').click();
  await expect(page.getByTestId('hub-offer')).toContainText('Layers4 of width 128');
  await checkAccessibility(page);

  hub.faults.push({ host: 'cdn', bytesPerSecond: 200_000, times: 1e6 });
  await page.getByTestId('hub-open').click();
  const panel = page.getByTestId('hub-panel');
  const task = panel.getByTestId('task-model');
  await panel.getByTestId('pause-download').click();
  await expect(task).toContainText('paused');
  await checkAccessibility(page);
  await panel.getByTestId('pause-download').click();
  await expect(task).not.toContainText('paused');
  await expect(task).toContainText(/iB\/s, .+ left/, PATIENCE);
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByTestId('hub-open')).toHaveText(/Resume: .+ of .+ are cached|Download and open/);
  await expect(page.getByTestId('model-summary')).toContainText('Mother Tongue mini');

  hub.faults.length = 0;
  await page.getByTestId('hub-open').click();
  await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toHaveText('some/mini', PATIENCE);
  const kept = page.getByTestId('cached-model');
  await expect(kept).toContainText('used today');
  expect(await page.evaluate(() => JSON.stringify(localStorage)), 'the token is stored nowhere').not.toContain('hf_right');

  await page.reload();
  await settled(page);
  await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first(), 'it comes back').toHaveText(
    'some/mini',
    PATIENCE,
  );
  await expect(kept.getByTestId('delete-cached')).toBeDisabled();
  await page.getByRole('button', { name: 'Use it' }).click();
  await expect(page.getByTestId('model-summary')).toContainText('Mother Tongue mini', PATIENCE);
  await kept.getByTestId('delete-cached').click();
  await page.getByTestId('confirm-delete').click();
  await expect(page.getByTestId('cached-models')).toHaveCount(0);
});

test.describe('the GPU process dies', () => {
  test.use({ expectedMessages: [/WebGPU|GPU|device|context/i] });

  test('while a model is downloaded: nothing is fetched twice, and it opens on the new device', async ({ page, browser, hub }) => {
    hub.repositories.set('some/mini', createRepository('some/mini', folderFiles(mini)));
    hub.faults.push({ host: 'cdn', bytesPerSecond: 200_000, times: 1e6 });
    await open(page);
    await page.getByTestId('open-hub').click();
    await page.getByTestId('hub-more').click();
    await page.getByTestId('hub-endpoint').fill(hub.endpoint);
    await page.getByTestId('hub-repository').fill('some/mini');
    await page.getByTestId('hub-look').click();
    await page.getByTestId('hub-open').click();
    await expect(page.getByTestId('hub-panel').getByTestId('task-model')).toContainText(/iB\/s/, PATIENCE);
    await crashGpu(browser);
    await expect(page.getByTestId('device-lost')).toContainText('The graphics device was lost', { timeout: 60_000 });
    hub.faults.length = 0;
    await page.getByTestId('reopen-device').click();
    await expect(page.getByTestId('device-back')).toBeVisible(PATIENCE);
    await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toHaveText('some/mini', PATIENCE);
    const sent = hub.requests.filter((r) => r.file?.endsWith('.safetensors') && r.method === 'GET').reduce((n, r) => n + r.sent, 0);
    expect(sent).toBe(statSync(join(mini, 'model.safetensors')).size);
  });
});

test('a folder chosen through the browser’s own picker is there again after a reload', async ({ page }) => {
  await page.addInitScript(() => {
    // A picker cannot be clicked by a test; what it gives is a handle, and the private file system has those too.
    Object.assign(globalThis, {
      showDirectoryPicker: async () => (await navigator.storage.getDirectory()).getDirectoryHandle('my-model', { create: true }),
    });
  });
  await open(page);
  const files = readdirSync(mini).map((name) => [name, readFileSync(join(mini, name)).toString('base64')] as const);
  await page.evaluate(async (given) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('my-model', { create: true });
    for (const [name, text] of given) {
      const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await file.write(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
      await file.close();
    }
  }, files);
  await page.getByRole('button', { name: 'Open folder' }).click();
  const name = page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first();
  await expect(name).toHaveText('my-model', PATIENCE);

  await page.reload();
  await settled(page);
  await go(page, 'model');
  await expect(name).toHaveText('my-model', PATIENCE);
  await page.getByRole('button', { name: 'Use it' }).click();
  await expect(name).toHaveText('Mother Tongue mini', PATIENCE);
  await page.reload();
  await settled(page);
  await expect(name, 'the bundled one was the last choice').toHaveText('Mother Tongue mini', PATIENCE);
});
