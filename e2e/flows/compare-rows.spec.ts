/** Compare with kept adapters in rows of their own: chosen, asked as one batch with base and adapter, there after a reload, left out when deleted. */
import type { Locator, Page } from '@playwright/test';
import { strToU8, zipSync } from 'fflate';
import { exportAdapter } from '../../src/engine/files/adapter.ts';
import { describeTargets, initialAdapter } from '../../src/engine/files/adapter-plan.ts';
import { Random } from '../../src/lib/random.ts';
import { answered, ask, fromMenu, go, open, PATIENCE, settled } from './page.ts';
import { capture, checkAccessibility, expect, lookEverywhere, test } from './support.ts';

/** An adapter of the bundled model's attention, of other ranks and targets by name. */
function adapterZip(seed: string, r: number, modules: readonly string[]): Buffer {
  const sizes: Record<string, [number, number]> = { q_proj: [128, 128], k_proj: [128, 64], v_proj: [128, 64], o_proj: [128, 128] };
  const settings = {
    ...{ r, lora_alpha: 2 * r, target_modules: [...modules], target_parameters: null },
    ...{ use_rslora: false, rank_pattern: {}, alpha_pattern: {} },
  };
  const weights = [0, 1, 2, 3].flatMap((layer) =>
    modules.map((name) => {
      const [inputs, out] = sizes[name]!;
      return { path: `model.layers.${layer}.self_attn.${name}`, kind: 'module' as const, in: inputs, out, experts: 1 };
    }),
  );
  const targets = describeTargets(settings, weights);
  const tensors = initialAdapter(targets, 1);
  for (const { keyB } of targets) {
    const random = new Random(`${seed} ${keyB}`);
    tensors.set(
      keyB,
      Float32Array.from(tensors.get(keyB)!, () => 3 * random.normal()),
    );
  }
  const { configJson, safetensors } = exportAdapter(targets, tensors, settings, 'mini');
  return Buffer.from(zipSync({ 'adapter_config.json': strToU8(configJson), 'adapter_model.safetensors': safetensors }));
}

async function bring(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.getByTestId('adapter-zip').setInputFiles({ name: `${name}.zip`, mimeType: 'application/zip', buffer });
  await expect(page.getByTestId('adapter')).toContainText(name, PATIENCE);
}

/** The cell of an answerer, by the name on it. */
function cellOf(page: Page, name: string, language: string): Locator {
  return page.getByTestId('answers').getByRole('article', { name: `${name}, reasoning in ${language}` });
}

async function wordsOf(page: Page, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map(async (name) => (await cellOf(page, name, 'German').locator('.reading').allInnerTexts()).join(' ')));
}

test('kept adapters answer beside base and adapter, as each would alone', async ({ page }) => {
  await open(page, 'runs');
  await bring(page, 'Alpha', adapterZip('alpha', 3, ['q_proj', 'v_proj']));
  await bring(page, 'Beta', adapterZip('beta', 8, ['k_proj', 'o_proj']));
  await bring(page, 'Gamma', adapterZip('gamma', 4, ['q_proj', 'k_proj', 'v_proj', 'o_proj']));
  await go(page, 'compare');
  await page.getByTestId('sampling').click();
  await page.getByTestId('sampling-max_new_tokens').fill('12');
  await page.keyboard.press('Escape');
  await ask(page, 'What is 27 + 38?');
  const alone = await wordsOf(page, ['Base', 'Adapter']);

  await test.step('chosen, and asked as one batch', async () => {
    await page.getByTestId('further-adapters').click();
    const offered = page.getByTestId('further-adapter');
    await expect(offered).toHaveCount(2); // the third stands
    for (const name of ['Alpha', 'Beta']) await page.getByRole('checkbox', { name }).check();
    await checkAccessibility(page);
    await capture(page, 'compare-rows-choice');
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('further-adapters')).toHaveText('2 further adapters');
    await expect(page.getByTestId('ask')).toHaveText('Ask in 5 languages, base and 3 adapters');
    await ask(page, 'What is 27 + 38?');
    await expect(page.getByTestId('answers').getByRole('article')).toHaveCount(20);
    const words = await wordsOf(page, ['Base', 'Gamma', 'Beta', 'Alpha']);
    expect(words.slice(0, 2)).toEqual(alone);
    expect(new Set(words).size).toBe(4);
    await lookEverywhere(page, 'compare-rows');
  });

  await test.step('there after a reload, with its answers', async () => {
    const before = await wordsOf(page, ['Alpha', 'Beta']);
    await page.reload();
    await settled(page);
    await expect(page.getByTestId('further-adapters')).toHaveText('2 further adapters', PATIENCE);
    expect(await wordsOf(page, ['Alpha', 'Beta'])).toEqual(before);
  });

  await test.step('left out with one sentence when it was deleted', async () => {
    await go(page, 'runs');
    const rows = page.getByTestId('library-row');
    await fromMenu(rows.filter({ hasText: 'Alpha' }), 'delete-adapter');
    await expect(rows).toHaveCount(2);
    await go(page, 'compare');
    await expect(page.getByTestId('left-out')).toHaveText('Alpha is not kept any more and is left out.');
    await page.getByTestId('ask').click();
    await answered(page);
    await expect(page.getByTestId('answers').getByRole('article')).toHaveCount(15);
    await capture(page, 'compare-rows-left-out');
    await page.getByRole('button', { name: 'Do not choose Alpha any more' }).click();
    await expect(page.getByTestId('left-out')).toHaveCount(0);
  });
});
