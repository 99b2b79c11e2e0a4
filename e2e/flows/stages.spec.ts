/**
 * A plan of stages: put together from the template, shortened, started, stopped inside a stage, reloaded, gone on with, and exported as a folder. What the
 * person had open is open again afterwards.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import type { Stage, StagePlan } from '../../src/protocol/stages.ts';
import { r1Plan } from '../../src/state/stages.ts';
import { go, open, PATIENCE, settled } from './page.ts';
import { checkAccessibility, expect, lookEverywhere, test } from './support.ts';

const stages = (page: Page) => page.getByTestId('stages');
const stage = (page: Page, number: number) => page.getByTestId(`stage-${number}`);

/** The template with few and short answers, so that a software GPU is quick; the person who opens the file sees the same six stages. */
function shortPlan(): StagePlan {
  const { settings: recommended } = JSON.parse(readFileSync('public/models/mini/settings.json', 'utf8')) as {
    settings: Record<string, unknown>;
  };
  const model = { source: 'bundled', family: 'gpt_oss', layers: 4, experts: 4, context: 512, recommended } as const;
  const plan = r1Plan(model, null, '2026-11-28');
  const stages = plan.stages.map((stage): Stage => {
    if (stage.kind === 'traces')
      return {
        ...stage,
        settings: {
          ...stage.settings,
          reward_funcs: ['accuracy'],
          reward_settings: {},
          checks: { ...stage.settings.checks, thought_language: false },
        },
      };
    const few = { ...stage.settings, max_steps: STEPS, adherence_steps: STEPS, adherence_languages: ['German', 'French'] };
    const grpo = few.grpo && { ...few.grpo, max_completion_length: 24 };
    return {
      ...stage,
      settings: grpo
        ? { ...few, grpo, max_steps: 1, adherence_steps: 1, per_device_train_batch_size: 8 }
        : { ...few, per_device_train_batch_size: 1 },
    };
  });
  return { ...plan, name: 'R1, short', stages };
}

/** Of a stage that learns from rows: enough that it can be stopped inside. */
const STEPS = 12;

/** To its answers, to the rows that it kept, and to the charts of its run. */
async function followWays(page: Page): Promise<void> {
  const kept = Number(/Kept (\d) of 6/.exec(await page.getByTestId('stage-figures-4').innerText())![1]);
  await page.getByTestId('stage-answers-4').click();
  await expect(page.getByTestId('kept-sentence')).toContainText(`${kept} of 6 answers`, PATIENCE);
  await expect(page.getByTestId('trace')).toHaveCount(6);
  await go(page, 'train');
  await page.getByTestId('stage-traces-4').click();
  await expect(page.getByTestId('dataset-summary')).toContainText(kept === 1 ? '1 row' : `${kept} rows`, PATIENCE);
  await go(page, 'train');
  await page.getByTestId('stage-run-2').click();
  await expect(page.getByTestId('live')).toHaveAttribute('data-phase', 'done', PATIENCE);
  await expect(page.getByTestId('run-numbers')).toContainText('10 / 10');
  await page.getByTestId('method').getByText('A plan of stages').click();
}

/** `npm run check:scale -- stages`: the template as it is, all six stages. */
const WHOLE = process.env.MT_WHOLE_PLAN === '1';

if (WHOLE)
  test('the template runs whole within ten minutes', async ({ page }) => {
    test.setTimeout(1_800_000);
    await open(page, 'train');
    await page.getByTestId('method').getByText('A plan of stages').click();
    await expect(stages(page)).toContainText('R1 in small: 6 stages');
    const started = performance.now();
    await page.getByTestId('start-plan').click();
    for (let number = 1; number <= 6; number++) {
      const before = performance.now();
      await expect(stage(page, number)).toHaveAttribute('data-phase', 'done', { timeout: 1_200_000 });
      const figures = (await page.getByTestId(`stage-figures-${number}`).innerText()).replaceAll('\n', ' ');
      console.log(`stage ${number}: ${((performance.now() - before) / 1000).toFixed(0)} s; ${figures}`);
      await lookEverywhere(page, `plan-stage-${number}`, '[data-testid=stages]');
    }
    await expect(stages(page)).toHaveAttribute('data-phase', 'done', PATIENCE);
    const seconds = (performance.now() - started) / 1000;
    console.log(`all stages: ${seconds.toFixed(0)} s`);
    await expect(page.getByTestId('plan-words')).toContainText('the adapter of stage 5 stands on Mother Tongue mini');

    expect(seconds, 'seconds of all stages').toBeLessThanOrEqual(600);
  });

test('a plan stops inside a stage, goes on after a reload, and is exported as a folder', async ({ page }) => {
  test.setTimeout(600_000); // four runs on a software GPU
  await open(page, 'train');
  await page.getByTestId('method').getByText('A plan of stages').click();
  await expect(stages(page).getByRole('listitem')).toHaveCount(6);
  await lookEverywhere(page, 'stages-draft', '[data-testid=stages]');
  await checkAccessibility(page);

  await test.step('a plan from a file takes its place; stages that no other needs can be left out', async () => {
    await page
      .getByTestId('open-plan')
      .locator('xpath=..')
      .locator('input[type=file]')
      .setInputFiles({
        name: 'plan.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(shortPlan())),
      });
    await expect(stages(page)).toContainText('R1, short: 6 stages');
    await expect(page.getByTestId('leave-out-2')).toBeDisabled();
    await page.getByTestId('leave-out-6').click();
    await page.getByTestId('leave-out-5').click();
    await expect(stages(page).getByRole('listitem')).toHaveCount(4);
    await page.getByTestId('stage-steps-4').fill('6');
    await page.getByTestId('stage-steps-4').blur();
    await page.getByTestId('stage-steps-2').fill('10');
    await page.getByTestId('stage-steps-2').blur();
  });

  await test.step('started, it stops inside the second stage', async () => {
    await page.getByTestId('start-plan').click();
    await expect(stage(page, 1)).toHaveAttribute('data-phase', 'done', PATIENCE);
    await expect(page.getByTestId('stage-figures-1')).toContainText(/Reward [\d.]+ to [\d.]+/);
    await expect(stage(page, 2)).toContainText(/[1-9] of 10 steps/, PATIENCE);
    await page.getByTestId('stop-plan').click();
    await expect(stages(page)).toHaveAttribute('data-phase', 'stopped', PATIENCE);
    await expect(page.getByTestId('stage-message-2')).toContainText(/stopped after step \d+ and goes on from there/);
    await expect(stage(page, 3)).toHaveAttribute('data-phase', 'waiting');
  });

  await test.step('reloaded, it is as it was, and what was open before is open', async () => {
    await page.reload();
    await settled(page);
    await expect(stages(page)).toHaveAttribute('data-phase', 'stopped', PATIENCE);
    await expect(stage(page, 1)).toHaveAttribute('data-phase', 'done');
    await go(page, 'data');
    await expect(page.getByTestId('place-data')).toContainText('mini.jsonl');
    await go(page, 'train');
  });

  await test.step('it goes on inside the stage, and to the end', async () => {
    await page.getByTestId('continue-plan').click();
    await expect(stage(page, 2)).toHaveAttribute('data-phase', 'done', PATIENCE);
    await expect(stage(page, 3)).toHaveAttribute('data-phase', 'done', PATIENCE);
    await expect(stages(page)).toHaveAttribute('data-phase', 'done', PATIENCE);
    await expect(page.getByTestId('stage-figures-2')).toContainText('10 steps');
    await expect(page.getByTestId('stage-figures-3')).toContainText(/Reward/);
    await expect(page.getByTestId('stage-figures-4')).toContainText(/Kept [1-6] of 6 traces/);
    await expect(page.getByTestId('stage-figures-2')).toContainText(/in the language asked: \d of 2 languages/);
    await lookEverywhere(page, 'stages-done', '[data-testid=stages]');
    await checkAccessibility(page);
  });

  await test.step('the folder has the plan, and of each stage settings, metrics, adapter and rows', async () => {
    const download = page.waitForEvent('download');
    await page.getByTestId('export-plan').click();
    const files = unzipSync(new Uint8Array(await readFile(await (await download).path())));
    const names = Object.keys(files);
    const text = (name: string): string => strFromU8(files[name]!);
    const folders = ['stage-1-rewards-from-the-base', 'stage-2-cold-start', 'stage-3-rewards-by-rules'].map((name) => `R1-short/${name}`);
    for (const folder of folders)
      for (const name of ['run.json', 'metrics.csv', 'metrics.json', 'adapter/adapter_model.safetensors', 'adapter/adapter_config.json'])
        expect(names).toContain(`${folder}/${name}`);
    expect(text(`${folders[1]}/dataset.jsonl`).trim().split('\n')).toHaveLength(64);
    expect(text('R1-short/stage-4-rejection-sampling/traces.jsonl').trim().split('\n')).toHaveLength(6);
    expect(names).toContain('R1-short/stage-4-rejection-sampling/dataset.jsonl');
    expect(JSON.parse(text(`${folders[2]}/run.json`))).toMatchObject({
      method: 'grpo',
      max_steps: 1,
      adapter: '../stage-2-cold-start/adapter',
    });
    const losses = (JSON.parse(text(`${folders[1]}/metrics.json`)) as { metrics: { step: number }[] }).metrics;
    expect(losses.map(({ step }) => step)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
    expect(text('R1-short/README.md')).toContain('## 3. Rewards by rules');
    expect(JSON.parse(text('R1-short/plan.json'))).toMatchObject({ phase: 'done', plan: { name: 'R1, short' } });
  });

  await test.step('a stage leads to what it made', () => followWays(page));

  await test.step('its runs are in the library', async () => {
    await page.getByTestId('stage-library-3').click();
    await expect(page.getByTestId('place-runs')).toContainText('GRPO on mini, stage 3');
  });
});
