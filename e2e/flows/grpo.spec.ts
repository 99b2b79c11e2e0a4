/**
 * Learning from rewards: the choice of the method, a short run on the bundled model, its charts, the answers that it learned from; and the whole way from
 * a cold start to the zip, through all that may happen to a run.
 */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import { ask, choose, go, open, PATIENCE, reaches, readAnswer, runNumber, settled, start, stepOf, stepsDone } from './page.ts';
import { checkAccessibility, expect, lookEverywhere, test } from './support.ts';

test('a run learns from rewards, and its answers can be looked at', async ({ page }) => {
  await open(page);
  await go(page, 'train');
  await page.getByTestId('method').getByText('Learn from rewards (GRPO)').click();
  await expect(page.getByTestId('reward-language').getByRole('checkbox').first()).toBeChecked();
  await expect(page.getByLabel('Weight of “Well-formed Harmony”')).toHaveValue('0.2');
  await expect(page.getByTestId('setting-assistant_only_loss')).toHaveCount(0);
  await choose(page, {
    per_device_train_batch_size: 24,
    num_generations: 4,
    max_completion_length: 16,
    temperature: 2,
    adherence_steps: 0,
  });
  const clip = page.getByTestId('setting-epsilon_high');
  await clip.fill('0.3');
  await clip.fill('');
  await clip.blur();
  await expect(clip).not.toHaveAttribute('aria-invalid', 'true');
  await page.reload();
  await expect(page.getByTestId('method').getByRole('radio', { name: 'Learn from rewards (GRPO)' })).toBeChecked();
  await expect(page.getByTestId('setting-num_generations')).toHaveValue('4');
  await settled(page);
  await checkAccessibility(page);

  await start(page, { max_steps: 2 });
  await reaches(page, 'done');
  await expect(page.getByTestId('chart-reward').getByRole('img')).toHaveAttribute('aria-label', /smoothed -?[\d.]+/);
  await expect(page.getByTestId('chart-trained-tokens-per-row'), 'a chart of the other method').toHaveCount(0);
  await expect(page.getByTestId('run-numbers')).toContainText('Reward');
  await expect(page.getByTestId('run-numbers')).not.toContainText('Accuracy');

  const answers = page.getByTestId('rollout');
  const step = page.getByTestId('rollout-step');
  await expect(page.getByTestId('rollout-count')).toHaveText('24 answers');
  await expect(page.getByTestId('rollout-group')).toHaveCount(4);
  await expect(answers, 'a page at a time').toHaveCount(16);
  await expect(step.locator('option')).toHaveText(['Newest, step 2', 'Step 2', 'Step 1']);
  await looksAtTokens(page);
  await page.getByTestId('rollout-filter').selectOption('All answers');
  await expect(answers.first()).toContainText(/Paid|Not judged/);
  await expect(answers.first().getByRole('listitem')).toHaveText([
    /^Well-formed Harmony: .+\. .+/,
    /^Language of the thought: /,
    /^Right answer: /,
  ]);
  await lookEverywhere(page, 'grpo-answers', '[data-testid=rollouts]');
  await page.getByRole('button', { name: 'Page 2 of answers' }).click();
  await expect(answers).toHaveCount(8);
  await page.getByTestId('rollouts').screenshot({ path: 'test-results/screens/grpo-rollouts.png' });
  await page.getByTestId('rollout-filter').selectOption('Cut off');
  await expect(answers.filter({ hasNotText: 'cut off' })).toHaveCount(0);
  await page.getByTestId('rollout-filter').selectOption('Not judged');
  await expect(page.getByTestId('rollout-count')).toHaveText(/^\d+ answers?$/);
  const download = page.waitForEvent('download');
  await page.getByTestId('export-rollouts').click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(48);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    step: 1,
    index: 0,
    group_index: 0,
    prompt: expect.stringContaining('<|start|>'),
    rewards: { accuracy: {} },
  });
  expect(lines.filter((line) => 'logps_after' in (JSON.parse(line) as object)).length).toBeGreaterThanOrEqual(2);

  await comesFromTheChart(page);
  await checkAccessibility(page);

  await page.reload();
  await expect(answers, 'kept over a reload').toHaveCount(16, PATIENCE);
  await step.selectOption('Step 1');
  await expect(page.getByTestId('rollout-group').first()).toBeVisible();
});

test.describe('from the bundled model to an adapter that was paid for its language', () => {
  test.use({ expectedMessages: [/the page crashed/] });
  const STEPS = 8;

  test('cold start, GRPO through a pause, a reload and a killed tab, its answers, Compare, and the zip', async ({ page, context }) => {
    test.setTimeout(480_000); // two runs on four pages
    await test.step('a cold start by examples', async () => {
      await open(page);
      await start(page, { max_steps: 14, learning_rate: '4e-3', adherence_steps: 0 });
      await reaches(page, 'done');
    });

    await test.step('GRPO goes on with that adapter, paid for language and right answers', async () => {
      await page.getByTestId('method').getByText('Learn from rewards (GRPO)').click();
      await page.getByTestId('reward-harmony').getByRole('checkbox').first().uncheck();
      await page.getByTestId('setting-init_adapter').click();
      await page.getByRole('option', { name: 'the adapter that stands' }).click();
      await start(page, { ...SMALL, max_steps: STEPS });
      await stepsDone(page, 1);
    });

    await test.step('paused, it waits, and goes on', async () => {
      await strip(page).getByRole('button', { name: 'Pause' }).click();
      await reaches(page, 'paused');
      const step = await stepOf(page);
      expect(step).toBeLessThan(STEPS);
      await strip(page).getByRole('button', { name: 'Resume' }).click();
      await stepsDone(page, step + 1);
    });

    await test.step('reloaded, it goes on where it was', async () => {
      page.once('dialog', (dialog) => void dialog.accept());
      await page.reload();
      await resumes(page);
    });

    const last = await test.step('its tab killed, it goes on in another', async () => {
      await expect(page.getByTestId('saved-line')).toContainText(/step \d+\./, PATIENCE);
      await crashTab(page);
      const next = await context.newPage();
      await open(next, 'train');
      await resumes(next);
      await reaches(next, 'done');
      await expect(runNumber(next, 'Step')).toHaveText(`${STEPS} / ${STEPS}`);
      return next;
    });

    await test.step('its answers of every step are there, with what each step did to their tokens', async () => {
      const step = last.getByTestId('rollout-step');
      await expect(step.locator('option')).toHaveText([
        `Newest, step ${STEPS}`,
        ...Array.from({ length: STEPS }, (_, i) => `Step ${STEPS - i}`),
      ]);
      await expect(last.getByTestId('rollout').first().getByRole('listitem')).toHaveText([/^Language of the thought: /, /^Right answer: /]);
      await expect(last.getByTestId('chart-reward')).toContainText(/language [\d.]+ ± [\d.]+/);
      await expect(last.getByTestId('chart-reward')).toContainText(/accuracy [\d.]+ ± [\d.]+/);
      await last.getByTestId('rollout-filter').selectOption('With what the step did to their tokens');
      const looked = last.getByTestId('rollout-tokens');
      for (let at = STEPS; at > 0; at--) {
        await expect(last.getByTestId('rollouts'), 'its answers are on show').toHaveAttribute('data-step', String(at));
        if ((await looked.count()) > 0) break;
        if (at > 1) await last.getByRole('button', { name: 'Answers of the step before' }).click();
      }
      await expect(looked.first().locator('[data-push=up], [data-push=down]').first(), 'some step has learned something').toBeVisible();
      await last.getByTestId('live').screenshot({ path: 'test-results/screens/grpo-journey.png' });
    });

    await test.step('compare shows base and adapter', async () => {
      await last.getByTestId('to-compare').click();
      await ask(last, 'Was ist 2 + 3?');
      expect((await readAnswer(last, 'adapter', 'German')).thought).not.toBe('');
    });

    await test.step('the zip has the card as TRL writes it and every step’s metrics', async () => {
      await go(last, 'runs');
      const download = last.waitForEvent('download');
      await last.getByTestId('download-adapter').click();
      const files = unzipSync(new Uint8Array(await readFile(await (await download).path())));
      const text = (name: string): string => strFromU8(files[name]!);
      expect(text('README.md')).toMatch(/\n- grpo\n- trl\n[\s\S]*@article\{shao2024deepseekmath,/);
      expect(text('README.md')).toMatch(/- language \(Language of the thought\): weight 1\.5;/);
      expect(JSON.parse(text('settings.json'))).toMatchObject({ method: 'grpo', grpo: { reward_funcs: ['language', 'accuracy'] } });
      const steps = text('log.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
      for (const one of steps)
        for (const name of ['reward', 'reward_std', 'rewards/language/mean', 'completions/mean_length', 'parse_failures', 'num_tokens'])
          expect(one[name], `${name} of step ${one.step}`).toEqual(expect.any(Number));
    });
  });
});

/** Two groups of eight short answers a step. */
const SMALL = { per_device_train_batch_size: 16, num_generations: 8, max_completion_length: 24, temperature: 1.2, adherence_steps: 0 };

const strip = (page: Page) => page.getByTestId('run-strip');

/** A run that was interrupted: the page says so, and goes on at the person's word. */
async function resumes(page: Page): Promise<void> {
  await settled(page);
  await expect(page.getByTestId('run-paused')).toContainText('can be resumed after step', PATIENCE);
  const step = await stepOf(page);
  await strip(page).getByRole('button', { name: 'Resume' }).click();
  await stepsDone(page, step + 1);
}

async function crashTab(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const gone = page.waitForEvent('crash');
  void session.send('Page.crash').catch(() => undefined); // never answers
  await gone;
  await page.close();
}

async function looksAtTokens(page: Page): Promise<void> {
  await page.getByTestId('rollout-filter').selectOption('With what the step did to their tokens');
  await expect(page.getByTestId('rollout-count')).toHaveText(/^[23] answers$/);
  const tokens = page.getByTestId('rollout-tokens').first();
  await tokens.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('token-line').first()).toHaveText(
    /^".+": probability [\d.]+ % to [\d.]+ %, log-probability [+−][\d.]+, advantage /,
  );
  await expect(tokens.locator('[data-current]')).toHaveAttribute('data-index', '1');
  await expect(page.getByTestId('push-legend')).toBeVisible();
  await page.getByTestId('rollouts').screenshot({ path: 'test-results/screens/grpo-tokens.png' });
}

async function comesFromTheChart(page: Page): Promise<void> {
  const chart = page.getByTestId('chart-reward').locator('.u-over');
  await chart.click({ position: { x: 2, y: 40 } });
  await expect(page.getByTestId('rollouts')).toBeFocused();
  await expect(page.getByTestId('rollout-step')).toHaveValue('1');
  await page.getByRole('button', { name: 'Answers of the step after' }).click();
  await expect(page.getByTestId('rollout-step')).toHaveValue('2');
  await page.getByText('What is healthy').click();
  await expect(page.getByTestId('red-flags').getByText('Groups without spread')).toBeVisible();
  await page.getByTestId('live').screenshot({ path: 'test-results/screens/grpo-live.png' });
}
