/**
 * The main job from the first visit to the adapter and back: the bundled model learns to think in the language asked for, the page shows it,
 * the zip carries it. What is asserted about answers is the language of the thought, not the knowledge of the model.
 */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import { answered, ask, go, open, PATIENCE, reaches, readAnswer, runNumber, settled, start, stepsDone } from './page.ts';
import { expect, test } from './support.ts';

const STEPS = 20;
const LANGUAGES = ['German', 'French', 'Italian'];
const QUESTION = '¿Cuál es la capital de Noruega?';

test('from the first visit to the adapter, and back with the zip', async ({ page }) => {
  test.setTimeout(480_000); // the longest run of all
  await test.step('the bundled model and dataset are ready, and one button says what will happen', async () => {
    await open(page);
    await expect(page.getByTestId('model-summary')).toContainText('MXFP4');
    await expect(page.getByTestId('start-first-run')).toHaveText(/^Train the bundled model to think in five languages/, PATIENCE);
  });

  await test.step('training: the loss falls, the page stays smooth, the thoughts are sampled', async () => {
    await start(page, { max_steps: STEPS, learning_rate: '8e-3', adherence_steps: 10 });
    await stepsDone(page, 1);
    const first = Number(await runNumber(page, 'Loss').innerText());
    expect(await medianFrame(page, 90)).toBeLessThan(Math.max(34, 2 * (await emptyFrame(page, 90))));
    await reaches(page, 'done');
    expect(Number(await runNumber(page, 'Loss').innerText())).toBeLessThan(0.6 * first);
    await expect(page.getByTestId('run-ended')).toContainText(`in ${STEPS} steps`);
    await expect(page.getByTestId('samples').getByText('in the language')).toHaveCount(5);
    await expect(page.getByTestId('charts').getByText('Reasoning in the requested language')).toBeVisible();
  });

  await test.step('compare: the base thinks in English, the adapter in the language asked for', async () => {
    await page.getByTestId('to-compare').click();
    await ask(page, QUESTION);
    for (const language of LANGUAGES) {
      expect((await readAnswer(page, 'base', language)).share, `base, ${language}`).toBe(0);
      expect((await readAnswer(page, 'adapter', language)).share, `adapter, ${language}`).toBe(100);
    }
    const english = await readAnswer(page, 'base', 'English');
    expect(english.share).toBe(100);
    expect((await readAnswer(page, 'base', 'German')).thought, 'the base reasons alike whatever it is asked').toBe(english.thought);
  });

  const german = await readAnswer(page, 'adapter', 'German');
  const zip = await test.step('export: the files of a PEFT adapter', async () => {
    await go(page, 'runs');
    await expect(page.getByTestId('adapter-sentence')).toContainText(`${STEPS} steps`);
    const download = page.waitForEvent('download');
    await page.getByTestId('download-adapter').click();
    const path = await (await download).path();
    checkZip(new Uint8Array(readFileSync(path)));
    return path;
  });

  await test.step('a reload keeps the adapter, the run and the answers', async () => {
    await page.reload();
    await settled(page);
    await expect(page.getByTestId('adapter-sentence')).toContainText(`${STEPS} steps`);
    await go(page, 'compare');
    await answered(page);
    await expect(page.getByTestId('question')).toHaveValue(QUESTION);
    expect(await readAnswer(page, 'adapter', 'German')).toEqual(german);
    await go(page, 'train');
    await reaches(page, 'done');
    await expect(runNumber(page, 'Step')).toHaveText(`${STEPS} / ${STEPS}`);
  });

  await test.step('removed and imported again, it gives the same greedy answer', async () => {
    await go(page, 'runs');
    await page.getByTestId('remove-adapter').click();
    await page.getByTestId('remove-adapter-yes').click();
    await expect(page.getByTestId('no-adapter')).toBeVisible();
    await page.getByTestId('adapter-zip').setInputFiles({ name: 'mine.zip', mimeType: 'application/zip', buffer: readFileSync(zip) });
    await expect(page.getByTestId('adapter')).toContainText('imported', PATIENCE);
    await go(page, 'compare');
    await page.getByTestId('mode').getByText('Adapter', { exact: true }).click();
    await ask(page, QUESTION);
    expect(await readAnswer(page, 'adapter', 'German')).toEqual(german);
  });
});

/** Milliseconds between animation frames: the median, because one slow frame says more about the machine than about the page. */
async function medianFrame(page: Page, frames: number): Promise<number> {
  return page.evaluate(async (count) => {
    const times: number[] = [];
    while (times.length <= count) times.push(await new Promise<number>((resolve) => requestAnimationFrame(resolve)));
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    return gaps.sort((a, b) => a - b)[gaps.length >> 1]!;
  }, frames);
}

/** The same of an empty page beside it: what the machine gives at all while the run goes on. */
async function emptyFrame(page: Page, frames: number): Promise<number> {
  const empty = await page.context().newPage();
  const median = await medianFrame(empty, frames);
  await empty.close();
  await page.bringToFront();
  return median;
}

function checkZip(bytes: Uint8Array): void {
  const files = unzipSync(bytes);
  expect(Object.keys(files).sort()).toEqual([
    'README.md',
    'adapter_config.json',
    'adapter_model.safetensors',
    'log.jsonl',
    'settings.json',
  ]);
  const text = (name: string) => strFromU8(files[name]!);

  const config = JSON.parse(text('adapter_config.json')) as Record<string, unknown>;
  expect(config).toMatchObject({ peft_type: 'LORA', task_type: 'CAUSAL_LM', r: 8, lora_alpha: 16, inference_mode: true });
  expect([...(config.target_modules as string[])].sort()).toEqual(['k_proj', 'o_proj', 'q_proj', 'v_proj']);

  const weights = files['adapter_model.safetensors']!;
  const length = Number(new DataView(weights.buffer, weights.byteOffset).getBigUint64(0, true));
  const { __metadata__: metadata, ...tensors } = JSON.parse(strFromU8(weights.subarray(8, 8 + length))) as Record<
    string,
    { dtype: string }
  >;
  expect(metadata).toEqual({ format: 'pt' });
  expect(Object.keys(tensors)).toContain('base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight');
  for (const name of Object.keys(tensors))
    expect(name).toMatch(/^base_model\.model\.model\.layers\.\d+\.self_attn\.[qkvo]_proj\.lora_[AB]\.weight$/);

  const log = text('log.jsonl').trimEnd().split('\n');
  const steps = log.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => 'loss' in line);
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
  expect(text('README.md')).toMatch(/^---\n[\s\S]*library_name: peft[\s\S]*\n---\n/);
  expect(JSON.parse(text('settings.json'))).toMatchObject({ max_steps: STEPS, seed: 1 });
}
