/**
 * A model found by a part of its name: nothing is sent while one types, a press sends one request to the chosen endpoint, results say what they are and
 * which do not run here, errors are one sentence, a newer search wins, and a click leads into the offer and the loaded model. By keyboard, too.
 */
import { resolve } from 'node:path';
import { bytesFile, createRepository, folderFiles } from '../hub/content.mjs';
import type { Hub } from '../hub/types.ts';
import { type HubFixtures, hubFixtures } from './hub-support.ts';
import { go, open, PATIENCE } from './page.ts';
import { test as base, expect, lookEverywhere } from './support.ts';

const mini = folderFiles(resolve(import.meta.dirname, '../../public/models/mini'));
const json = (path: string, value: object) => bytesFile(path, JSON.stringify(value));
const qwen = { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'] };

const test = base.extend<Pick<HubFixtures, 'hub'>>({ hub: hubFixtures.hub });
test.use({ expectedMessages: [/status of 503/] });

/** Two that run here, one of them gated, two that do not, and one of another name. */
function fill(hub: Hub): void {
  const files = mini.filter(({ path }) => !['README.md', 'settings.json'].includes(path));
  for (const repository of [
    createRepository('someone/mini', [...files, bytesFile('README.md', '---\nlicense: mit\n---\n')], { downloads: 1200 }),
    createRepository('someone/mini-gated', files, { downloads: 7, token: 'hf_x', gated: 'auto' }),
    createRepository('someone/mini-gguf', [bytesFile('q4.gguf', 'x')], { downloads: 9000 }),
    createRepository('someone/mini-awq', [
      json('config.json', { ...qwen, quantization_config: { quant_method: 'awq' } }),
      ...files.filter(({ path }) => path.endsWith('.safetensors')),
    ]),
    createRepository('someone/other', files),
  ])
    hub.repositories.set(repository.name, repository);
}

test('the Hub is searched when it is asked for, and a result is opened', async ({ page, hub }) => {
  fill(hub);
  await open(page);
  await page.getByTestId('open-hub').click();
  await expect(page.getByTestId('known-model').first()).toContainText('from 4 GiB');
  await page.getByTestId('hub-more').click();
  await page.getByTestId('hub-endpoint').fill(hub.endpoint);
  await page.getByTestId('planner-offered').getByTestId('gpu-size').selectOption({ label: '8 GiB' });
  const field = page.getByTestId('hub-search');

  await test.step('nothing is sent while one types; an error is one sentence below the field', async () => {
    await field.pressSequentially('mini');
    expect(hub.requests).toEqual([]);
    await expect(page.getByTestId('model-list')).not.toContainText('…', PATIENCE);
    await expect(page.getByTestId('planner-offered')).toHaveAttribute('aria-busy', 'false', PATIENCE);
    await lookEverywhere(page, 'hub-known');
    hub.faults.push({ host: 'hub', path: '/api/models', status: 503 });
    await field.press('Enter');
    await expect(page.getByTestId('notices-model').getByRole('alert')).toContainText(
      'is in trouble (status 503); search again in a moment.',
    );
    await expect(page.getByTestId('model-list'), 'what stood there stays').toBeVisible();
    await lookEverywhere(page, 'hub-search-error');
  });

  await test.step('results by downloads, with what they are; the others with the reason', async () => {
    await page.getByTestId('hub-search-go').click();
    await expect(page.getByTestId('notices-model')).toHaveCount(0);
    const rows = page.getByTestId('found-model');
    await expect(rows).toHaveCount(2);
    await expect(page.getByTestId('hub-found')).not.toContainText('…', PATIENCE);
    await expect(rows.nth(0)).toContainText(/someone\/mini.*MiB.*mit.*1\.2k/);
    await expect(rows.nth(1)).toContainText(/someone\/mini-gated.*gated.*not stated/);
    await expect(page.getByTestId('model-list')).toHaveCount(0);
    await page.getByTestId('hub-others').click();
    await expect(page.getByTestId('other-model')).toHaveText([
      'someone/mini-gguf: Only GGUF files, which are not read here; choose the original model.',
      'someone/mini-awq: Its weights are packed (awq), which is not read here; choose the original model.',
    ]);
    expect(hub.requests.filter(({ method }) => method !== 'OPTIONS').length).toBe(2);
    await lookEverywhere(page, 'hub-found', '[data-testid=hub-panel]');
  });

  await test.step('a newer search ends an older one', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    hub.faults.push({ host: 'hub', path: '/api/models', after: () => held });
    await field.fill('nothing-like-this');
    await field.press('Enter');
    await field.fill('other');
    await page.getByTestId('hub-search-go').click();
    await expect(page.getByTestId('found-model')).toHaveText([/someone\/other/]);
    release?.();
    await field.fill('nowhere');
    await field.press('Enter');
    await expect(page.getByTestId('hub-found')).toContainText('No name of a repository there contains these words.');
    await lookEverywhere(page, 'hub-found-none', '[data-testid=hub-panel]');
    await page.getByTestId('hub-search-back').click();
    await expect(page.getByTestId('model-list')).toBeVisible();
  });

  await test.step('by keyboard into the offer, and opened', async () => {
    await field.fill('mini');
    await field.press('Enter');
    await expect(page.getByTestId('found-model')).toHaveCount(2);
    const result = page.getByRole('button', { name: 'someone/mini', exact: true });
    for (let presses = 0; presses < 12 && !(await result.evaluate((node) => node === document.activeElement)); presses++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('hub-repository')).toHaveValue('someone/mini');
    await expect(page.getByTestId('hub-offer')).toContainText('Layers4 of width 128', PATIENCE);
    await expect(page.getByTestId('planner-offered')).toHaveAttribute('aria-busy', 'false', PATIENCE);
    await lookEverywhere(page, 'hub-found-offer', '[data-testid=hub-panel]');
    await expect(page.getByTestId('hub-open')).toBeInViewport();
    await page.getByTestId('hub-open').click();
    await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toHaveText('someone/mini', PATIENCE);
  });

  await test.step('it recommends nothing itself, so Train starts from what was published for its family, and says where', async () => {
    await go(page, 'train');
    const words = page.getByTestId('preset-words');
    await expect(words).toContainText('Recommended for gpt-oss by OpenAI Cookbook, Fine-tuning with gpt-oss');
    await expect(words.getByRole('link')).toHaveAttribute('href', /^https:\/\/cookbook\.openai\.com\//);
    await expect(page.getByTestId('readiness')).not.toContainText('being', PATIENCE);
    await lookEverywhere(page, 'train-recipe', '[data-testid=place-train]');
  });
});
