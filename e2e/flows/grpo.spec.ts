/** Learning from rewards: the choice of the method, a short run on the bundled model, its charts, and the answers that it learned from, with reasons. */
import { readFile } from 'node:fs/promises';
import { choose, go, open, PATIENCE, reaches, settled, start } from './page.ts';
import { checkAccessibility, expect, lookEverywhere, test } from './support.ts';

test('a run learns from rewards, and its answers can be looked at', async ({ page }) => {
  test.setTimeout(600_000);
  await open(page);
  await go(page, 'train');
  await page.getByTestId('method').getByText('Learn from rewards (GRPO)').click();
  await expect(page.getByTestId('reward-language').getByRole('checkbox')).toBeChecked();
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
  await expect(answers.first()).toContainText(/Paid|Not judged/);
  await expect(answers.first().getByRole('listitem')).toHaveText([
    /^Well-formed Harmony: .+\. .+/,
    /^Language of the thought: /,
    /^Right answer: /,
  ]);
  await lookEverywhere(page, 'grpo-answers');
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
  expect(JSON.parse(lines[0]!)).toMatchObject({ step: 1, rewards: { accuracy: {} } });

  await page.reload();
  await expect(answers, 'kept over a reload').toHaveCount(16, PATIENCE);
  await step.selectOption('Step 1');
  await expect(page.getByTestId('rollout-group').first()).toBeVisible();
});
