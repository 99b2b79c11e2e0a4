/** A run that is evaluated on questions as it goes on: chosen under Evaluate, charted, ended early, and its best adapter kept. */
import { choose, go, open, PATIENCE, reaches, start } from './page.ts';
import { checkAccessibility, expect, lookEverywhere, test } from './support.ts';

test('a run asks questions every few steps, ends when it gets no better, and has its best adapter', async ({ page }) => {
  await open(page, 'train');
  await choose(page, {
    max_steps: 8,
    per_device_train_batch_size: 2,
    adherence_steps: 0,
    eval_steps: 2,
    eval_questions: 2,
    eval_max_new_tokens: 48,
    early_stopping_patience: 1,
  });
  const best = page.getByTestId('setting-load_best_model_at_end');
  await best.click({ force: true });
  await expect(best).toBeChecked();
  await expect(page.getByTestId('setting-metric_for_best_model')).toHaveAttribute('placeholder', 'automatic');
  await expect(page.getByTestId('readiness')).toContainText('no questions are chosen; choose a set under Evaluate', PATIENCE);
  await go(page, 'evaluate');
  await expect(page.getByTestId('set-name')).toHaveText('Held-out questions', PATIENCE);
  await page.goto('about:blank');
  await open(page, 'train');
  await expect(page.getByTestId('start-run'), 'at the next visit the questions are chosen without a look at Evaluate').toBeEnabled(
    PATIENCE,
  );
  // So high a rate that answers get worse, and the first evaluation is the best.
  await start(page, { learning_rate: '1e-1' });
  await reaches(page, 'done');
  const ended = page.getByTestId('run-ended');
  await expect(ended).toContainText(/Ended after step \d: the last evaluation was no better by accuracy than that of step \d\./);
  await expect(ended).toContainText(/Its adapter is that of step \d, the best by right answers\./);
  await expect(page.getByTestId('chart-questions').getByRole('img')).toHaveAttribute('aria-label', /right/);
  await expect(page.getByTestId('chart-right-answers-by-language')).toBeVisible();
  await lookEverywhere(page, 'checkpoints');
  await checkAccessibility(page);
});
