/**
 * The whole way with a model from the Hub: found, judged, fetched, killed in the middle and resumed, planned, trained, compared, exported. Here with
 * a small synthetic model of gpt-oss's architecture; with MT_TRUE_WIDTH=1 (`npm run check:scale -- journey`) with two layers of the true width,
 * 1 GB, which takes a quarter of an hour on a software adapter.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type BrowserContext, test as base, chromium, expect, type Page } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import { findBrowser, webgpuFlags } from '../../scripts/browser.mjs';
import { createRepository, folderFiles } from '../hub/content.mjs';
import type { Hub } from '../hub/types.ts';
import { pageUrl } from './addresses.ts';
import { type HubFixtures, hubFixtures, killBrowser } from './hub-support.ts';
import { ask, choose, go, PATIENCE, readAnswer, runNumber, settled } from './page.ts';

const TRUE_WIDTH = process.env.MT_TRUE_WIDTH === '1';
const REPOSITORY = 'openai/two-layers';
const VOCABULARY = 3072;
const MIB = 2 ** 20;
const EXPERTS = ['1.mlp.experts.gate_up_proj', '1.mlp.experts.down_proj'];
const LAYER = 'base_model.model.model.layers.1.';

const test = base.extend<HubFixtures>(hubFixtures);

/** Two layers, one of each kind of attention, and experts in MXFP4. Written by the headless runner: the engine needs Vite to be read. */
async function synthetic(): Promise<string> {
  const project = join(import.meta.dirname, '../..');
  const folder = join(project, 'node_modules/.cache/scale', TRUE_WIDTH ? 'journey' : 'journey-small');
  const config = join(project, 'node_modules/.cache/scale/journey-config.json');
  const published = JSON.parse(await readFile(join(project, 'e2e/fixtures/configs/gpt-oss-20b/config.json'), 'utf8')) as object;
  const small = { hidden_size: 512, intermediate_size: 512, num_local_experts: 8 };
  await mkdir(dirname(config), { recursive: true });
  await writeFile(config, JSON.stringify(TRUE_WIDTH ? published : { ...published, ...small }));
  const args = ['synthesize', '--config', config, '--layers', '2', '--vocab', String(VOCABULARY), '--out', folder];
  await promisify(execFile)(process.execPath, [join(project, 'scripts/headless.mjs'), ...args]);
  return folder;
}

async function browse(profile: string): Promise<{ context: BrowserContext; page: Page; problems: string[] }> {
  const executablePath = findBrowser();
  const viewport = { width: 1280, height: 720 };
  const context = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    args: webgpuFlags,
    viewport,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message));
  await page.goto(`${pageUrl}#/model`);
  await settled(page);
  return { context, page, problems };
}

/** Fills in the form and asks the Hub. */
async function look(page: Page, { endpoint }: Hub): Promise<void> {
  await go(page, 'model');
  await page.getByTestId('open-hub').click();
  await page.getByTestId('hub-repository').fill(REPOSITORY);
  if (!(await page.getByTestId('hub-endpoint').isVisible())) await page.getByTestId('hub-more').click();
  await page.getByTestId('hub-endpoint').fill(endpoint);
  await page.getByTestId('hub-look').click();
  await expect(page.getByTestId('hub-offer')).toContainText('Layers2 of width', { timeout: 60_000 });
}

const weights = (hub: Hub): number =>
  hub.requests.filter(({ host, file }) => host === 'cdn' && file?.endsWith('.safetensors')).reduce((n, { sent }) => n + sent, 0);

test('found, fetched, killed and resumed, planned, trained, compared, exported', async ({ profile, hub }) => {
  if (TRUE_WIDTH) test.setTimeout(3_600_000);
  const folder = await synthetic();
  hub.repositories.set(REPOSITORY, createRepository(REPOSITORY, folderFiles(folder)));
  const total = [...hub.repositories.get(REPOSITORY)!.filesAt(hub.repositories.get(REPOSITORY)!.resolve('main')!)!.values()]
    .filter(({ path }) => path.endsWith('.safetensors'))
    .reduce((n, { size }) => n + size, 0);

  await test.step('the Hub is asked, and the page says whether it fits before anything is fetched', async () => {
    const { page } = await browse(profile);
    await look(page, hub);
    expect(weights(hub)).toBe(0);
    await expect(page.getByTestId('hub-storage')).toContainText('are free in this browser');
    await expect(page.getByTestId('planner-offered')).toContainText('Training takes', { timeout: 60_000 });
    hub.faults.push({ host: 'cdn', bytesPerSecond: (TRUE_WIDTH ? 30 : 2) * MIB, times: 1e6 });
    await page.getByTestId('hub-open').click();
    await expect.poll(() => weights(hub), PATIENCE).toBeGreaterThan(0.5 * total);
    await killBrowser(page);
    hub.faults.length = 0;
  });

  const { context, page, problems } = await browse(profile);
  await test.step('after the kill the download goes on where it was', async () => {
    await look(page, hub);
    const before = weights(hub);
    await expect(page.getByTestId('hub-open')).toContainText('Resume:');
    await page.getByTestId('hub-open').click();
    await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toContainText('two-layers', PATIENCE);
    await settled(page);
    const again = weights(hub) - before;
    console.log(
      `killed at ${(before / MIB).toFixed(0)} of ${(total / MIB).toFixed(0)} MiB; ${(again / MIB).toFixed(0)} MiB fetched afterwards`,
    );
    expect(again).toBeLessThan(0.8 * total);
    await expect(page.getByTestId('cached-model')).toContainText(REPOSITORY);
  });

  await test.step('planned, and trained for three steps', async () => {
    await go(page, 'train');
    await choose(page, {
      per_device_train_batch_size: 1,
      gradient_accumulation_steps: 1,
      max_steps: 3,
      max_length: 192,
      learning_rate: '1e-3',
      adherence_steps: 0,
    });
    for (const name of EXPERTS) {
      await page.getByTestId('setting-target_parameters').fill(name);
      await page.keyboard.press('Enter');
    }
    await expect(page.getByTestId('planner-loaded')).toContainText('Training takes', { timeout: 60_000 });
    await expect(page.getByTestId('start-run')).toBeEnabled({ timeout: 120_000 });
    await page.getByTestId('start-run').click();
    await expect(page.getByTestId('live')).toHaveAttribute('data-phase', 'done', { timeout: TRUE_WIDTH ? 3_000_000 : 400_000 });
    await expect(runNumber(page, 'Step')).toHaveText('3 / 3');
    expect(Number(await runNumber(page, 'Loss').innerText())).toBeGreaterThan(0);
  });

  await test.step('compared side by side', async () => {
    await page.getByTestId('to-compare').click();
    await page.getByTestId('sampling').click();
    await page.getByTestId('sampling-max_new_tokens').fill('12');
    await page.keyboard.press('Escape');
    await ask(page, 'What is the capital of Norway?');
    for (const source of ['base', 'adapter'] as const) {
      const cell = page.getByTestId(`cell-${source}-German`);
      await expect(cell).toContainText('token limit reached'); // random weights end nothing by themselves
      await readAnswer(page, source, 'German');
    }
  });

  await test.step('exported as a PEFT adapter', async () => {
    await go(page, 'runs');
    const download = page.waitForEvent('download');
    await page.getByTestId('download-adapter').click();
    checkAdapter(unzipSync(new Uint8Array(await readFile(await (await download).path()))));
  });
  expect(problems).toEqual([]);
  await context.close();
});

/** Attention of both layers and the experts of the second, named and shaped as PEFT does. */
function checkAdapter(files: Record<string, Uint8Array>): void {
  const config = JSON.parse(strFromU8(files['adapter_config.json']!)) as Record<string, unknown>;
  expect(config.target_parameters).toEqual(EXPERTS);
  const bytes = files['adapter_model.safetensors']!;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(strFromU8(bytes.subarray(8, 8 + length))) as Record<string, { shape: number[] }>;
  const keys = Object.keys(header).filter((key) => key !== '__metadata__');
  expect(keys.length).toBe(2 * 4 * 2 + 4);
  const [hidden, experts] = TRUE_WIDTH ? [2880, 32] : [512, 8];
  const r = (config.r as number) * experts!;
  expect(header[`${LAYER}self_attn.q_proj.lora_A.weight`]!.shape).toEqual([config.r, hidden]);
  // PEFT nests the wrappers of two parameters of one module, and lays the experts side by side.
  expect(keys.filter((key) => key.startsWith(`${LAYER}mlp.experts.`)).map((key) => header[key]!.shape)).toContainEqual([r, hidden]);
}
