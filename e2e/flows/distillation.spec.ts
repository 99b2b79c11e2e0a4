/**
 * Learning from itself: the choice of the method, its prompts of student and teacher, a short run, and the run of GRPO that it is compared with.
 */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { go, open, PATIENCE, reaches, settled, start } from './page.ts';
import { expect, lookEverywhere, test } from './support.ts';

const PROBLEMS = new URL('../fixtures/flows/problems.jsonl', import.meta.url).pathname;
const METHOD = 'Learn from itself (distillation)';

async function openProblems(page: Page, path = PROBLEMS): Promise<void> {
  await go(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles(path);
  await expect(page.getByTestId('dataset-summary')).toContainText('problems.jsonl', PATIENCE);
  await settled(page);
}

test('prompts of student and teacher are seen, chosen and edited before a run', async ({ page }) => {
  await open(page);
  await go(page, 'train');
  await page.getByTestId('method').getByText(METHOD).click();
  const prompts = page.getByTestId('prompts');

  await test.step('a dataset without problems in several languages has a column for the teacher, chosen by hand', async () => {
    await expect(page.getByTestId('privileged')).toBeVisible(PATIENCE);
    await page.getByTestId('setting-privileged_context').click();
    await page.getByRole('option', { name: 'final', exact: true }).click();
    await page.getByTestId('setting-teacher_prompt_template').fill('{prompt}\n\nHint: {privileged_context}');
    await expect(page.getByTestId('prompt-teacher')).toContainText('teacher alone');
    await expect(page.getByTestId('prompt-teacher')).toContainText('Hint:');
    await expect(page.getByTestId('prompt-student')).not.toContainText('Hint:');
    await lookEverywhere(page, 'distillation-privileged', '[data-testid=prompts]');
  });

  await test.step('a set of problems: languages, both prompts, and rows without their language', async () => {
    await openProblems(page);
    await go(page, 'train');
    await expect(page.getByTestId('prompt-languages')).toContainText('Swahili', PATIENCE);
    await expect(page.getByTestId('prompt-student')).toContainText('Thelathini jumlisha na thelathini na tano ni ngapi?');
    await expect(page.getByTestId('prompt-student')).not.toContainText('What is 30 + 35?');
    await expect(page.getByTestId('prompt-teacher')).toContainText('What is 30 + 35?');
    await expect(page.getByTestId('prompt-teacher')).toContainText('I add 30 and 35.');
    await prompts.getByTestId('prompt-language').selectOption('Amharic');
    await expect(page.getByTestId('prompt-student').locator('[lang=am]').first()).toBeVisible();
    await lookEverywhere(page, 'distillation-prompts', '[data-testid=prompts]');
    await prompts.getByText('Amharic', { exact: true }).first().click();
    await expect(page.getByTestId('prompts-left-out')).toContainText('2 left out');
    await page.getByTestId('prompts-left-out').locator('summary').click();
    await expect(page.getByTestId('prompts-left-out').getByRole('listitem')).toHaveText([
      /^Row 5 marks its problem/,
      /^Row 6 has no problem in Swahili/,
    ]);
    await prompts.getByTestId('prompt-row').fill('5');
    await expect(page.getByTestId('prompt-problem')).toContainText('Row 5 marks its problem in Swahili as no good translation');
    await prompts.getByRole('button', { name: 'Prompts of the row before' }).click();
    await expect(page.getByTestId('prompt-pair')).toBeVisible();
  });

  await test.step('what the teacher sees follows the switches', async () => {
    await page.getByTestId('setting-include_reference_solution_en').click();
    await expect(page.getByTestId('prompt-teacher')).not.toContainText('English solution');
    await page.getByTestId('setting-include_reference_solution_en').click();
    await page.getByTestId('setting-reason_first').click();
    await expect(page.getByTestId('prompt-teacher')).toContainText('own analysis');
    await page.getByTestId('setting-reason_first').click();
    await expect(page.getByTestId('prompt-teacher')).not.toContainText('own analysis');
  });

  await test.step('the words are edited, kept in the settings, and ours again', async () => {
    await page.getByTestId('prompt-words').locator('summary').click();
    await page.getByTestId('word-problem_target').fill('Hesabu');
    await expect(page.getByTestId('prompt-student')).toContainText('Hesabu:');
    await page.reload();
    await settled(page);
    await expect(page.getByTestId('prompt-student')).toContainText('Hesabu:', PATIENCE);
    await page.getByTestId('prompt-words').locator('summary').click();
    await expect(page.getByTestId('prompt-words').locator('summary')).toContainText('unchecked, 1 edited');
    await page.getByTestId('configured-languages').locator('summary').click();
    await expect(page.getByTestId('configured-languages').getByRole('row')).toHaveCount(28);
    await lookEverywhere(page, 'distillation-words', '[data-testid=prompts]');
    await page.getByRole('button', { name: 'Label of the problem: ours again' }).click();
    await expect(page.getByTestId('prompt-student')).toContainText('Swali:');
  });

  await test.step('published settings', async () => {
    await page.getByTestId('preset').selectOption('SDFT');
    await expect(page.getByTestId('preset-words')).toContainText('SDFTTrainer');
  });
});

test('from problems in Swahili to a table of the model, distillation and its GRPO baseline', async ({ page }) => {
  await open(page);
  await openProblems(page);
  await test.step('problems that no run has seen are chosen as questions', async () => {
    await go(page, 'evaluate');
    await page.getByTestId('other-questions').click();
    await page.getByTestId('questions-bundled-problems').click();
    await expect(page.getByTestId('set-name')).toContainText('copsd-heldout', PATIENCE);
  });
  await go(page, 'train');

  await test.step('a short run of distillation, whose clip takes most of the signal, evaluated as it goes on', async () => {
    await page.getByTestId('method').getByText(METHOD).click();
    await expect(page.getByTestId('prompt-languages')).toContainText('Swahili', PATIENCE);
    await page.getByTestId('prompts').getByText('Amharic', { exact: true }).first().click();
    await start(page, { ...SHORT, jsd_token_clip: '0.05', max_completion_length: 16, max_steps: STEPS, ...EVALUATED });
    await reaches(page, 'done');
    await expect(page.getByTestId('chart-questions').getByRole('img')).toHaveAttribute('aria-label', /right/);
    await expect(page.getByTestId('chart-right-answers-by-language')).toBeVisible();
    await expect(page.getByTestId('run-ended')).toContainText(/Divergence -?[\d.e-]+ to -?[\d.e-]+ in 5 steps/);
    await expect(page.getByTestId('chart-divergence')).toBeVisible();
    await expect(page.getByTestId('not-asked')).toContainText('2 rows');
  });

  await test.step('the answers show where the teacher would write otherwise', async () => {
    await page.getByTestId('rollout-filter').selectOption('With the teacher’s divergence');
    const tokens = page.getByTestId('rollout-tokens').first();
    await expect(tokens.locator('[data-push=apart]').first()).toBeVisible();
    await tokens.focus();
    await page.keyboard.press('ArrowRight');
    await expect(page.getByTestId('token-line').first()).toContainText(/divergence −?[\d.]+ nats/);
    await page.getByTestId('rollouts').screenshot({ path: 'test-results/screens/distillation-rollouts.png' });
  });

  await test.step('the clip is turned off by the button beside its red flag', async () => {
    const flag = page.getByTestId('red-flags').locator('[data-flag=clipped-divergence]');
    await expect(flag).toContainText('The clip removes');
    await flag.getByTestId('mend-flag').click();
    await expect(flag).toContainText('It is so in the settings of the next run');
    await expect(page.getByTestId('setting-jsd_token_clip')).toHaveValue('');
    await lookEverywhere(page, 'distillation-run');
  });

  await test.step('its baseline by one click: the same problems, right answers alone, as many answers', async () => {
    await page.getByTestId('run-baseline').click();
    await expect(page.getByTestId('method').getByRole('radio', { name: 'Learn from rewards (GRPO)' })).toBeChecked();
    await expect(page.getByTestId('baseline')).toContainText(`${4 * STEPS} answers`);
    await expect(page.getByTestId('reward-accuracy').getByRole('checkbox').first()).toBeChecked();
    await expect(page.locator('[data-testid^=reward-][data-paid=true]')).toHaveCount(1);
    await lookEverywhere(page, 'distillation-baseline', '[data-testid=baseline]');
    await start(page, {});
    await reaches(page, 'done');
    await expect(page.getByTestId('run-ended')).toContainText('Reward');
    await expect(page.getByTestId('not-asked'), 'the same rows').toContainText('2 rows');
  });

  await test.step('both lie over each other', async () => {
    await page.getByTestId('both-curves').click();
    await expect(page.getByTestId('overlay').getByTestId('differing')).toContainText('distillation', PATIENCE);
    await expect(page.getByTestId('overlay').getByTestId('differing')).toContainText('grpo');
    await page.getByTestId('overlay').screenshot({ path: 'test-results/screens/distillation-overlay.png' });
  });

  await test.step('and stand in one table beside the base model', async () => {
    await go(page, 'train');
    await page.getByTestId('evaluate-both').click();
    await expect(page.getByTestId('set-name')).toContainText('copsd-heldout');
    await page.getByTestId('evaluate-questions').fill('2');
    await page.getByTestId('evaluate-sampling').click();
    await page.getByTestId('evaluate-sampling-max_new_tokens').fill('32');
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('evaluation-forecast')).toBeVisible(PATIENCE); // the button stands below it
    await page.getByTestId('start-evaluation').click();
    await expect(page.getByTestId('result-facts')).toContainText(/\d+ answers, [\d,]+ tokens in [\d.]+ s/, PATIENCE);
    await expect(page.getByTestId('evaluation-running')).toBeHidden();
    const download = page.waitForEvent('download', PATIENCE);
    await page.getByTestId('export-evaluation').click();
    await page.getByTestId('export-markdown').click();
    const lines = (await readFile(await (await download).path(), 'utf8')).split('\n').filter((line) => line.startsWith('| '));
    const models = new Set(lines.slice(1).map((line) => line.split('|')[2]!.trim()));
    expect(models.size, `base and both adapters: ${[...models].join(', ')}`).toBe(3);
    await lookEverywhere(page, 'distillation-table');
  });
});

/** Enough steps for a red flag, which is a mean over several. */
const STEPS = 5;
/** The adapter as it stands, in the middle of the run and at its end. */
const EVALUATED = { eval_questions: 1, eval_steps: 3, eval_max_new_tokens: 32 };
const SHORT = { per_device_train_batch_size: 4, adherence_steps: 0 };
