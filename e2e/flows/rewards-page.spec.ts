/** Rewards on the page before a run: their settings and what is wrong with them, tries on rows and on written text, a function of one's own, and presets. */
import type { Page } from '@playwright/test';
import { go, open, settled } from './page.ts';
import { checkAccessibility, expect, lookEverywhere, test } from './support.ts';

const field = (page: Page, reward: string, setting: string) => page.getByTestId(`reward-${reward}-${setting}`);
const take = (page: Page, reward: string) => page.getByTestId(`reward-${reward}`).getByRole('checkbox').first();
const paidBy = (page: Page, row: number, reward: string) =>
  page
    .getByTestId('tried')
    .nth(row)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: reward, exact: true }) });

async function changeSettings(page: Page): Promise<void> {
  await page.getByTestId('reward-language-more').click();
  await field(page, 'language', 'right').fill('2');
  await field(page, 'language', 'fewest_letters').fill('-3');
  await expect(page.getByTestId('reward-language')).toContainText(
    'language.fewest_letters is -3 and must be a whole number from 0 to 10,000.',
  );
  await expect(page.getByTestId('readiness')).toContainText('language.fewest_letters is -3');
  await field(page, 'language', 'fewest_letters').fill('');
  await field(page, 'language', 'fewest_letters').blur();
  await expect(field(page, 'language', 'fewest_letters'), 'emptied: the default').toHaveValue('0');
  await field(page, 'language', 'otherwise').fill('Klingon');
  await expect(page.getByTestId('reward-language')).toContainText('a language that is known here');
  await field(page, 'language', 'otherwise').fill('English');
  await page.reload();
  await settled(page);
  await expect(page.getByTestId('reward-language-more')).toHaveText('7 settings, 1 changed');
  await page.getByTestId('reward-language-more').click();
  await expect(field(page, 'language', 'right')).toHaveValue('2');
}

async function tryRows(page: Page): Promise<void> {
  await page.getByTestId('try-rows').click();
  await expect(page.getByTestId('tried')).toHaveCount(3);
  const german = paidBy(page, 0, 'Language of the thought');
  await expect(german.getByRole('cell')).toHaveText(['Deutsch', '2', '1.5', '3']);
  await expect(german.locator('[lang=de]')).toHaveText('Deutsch');
  await expect(paidBy(page, 0, 'Right answer').getByRole('cell').nth(1)).toHaveText('1');
  await expect(page.getByTestId('tried').first()).toContainText('Right: ');
  const text = page.getByTestId('tried-answer').first();
  await text.fill('<think>Kuchen Kuchen Kuchen Kuchen Kuchen Kuchen Kuchen</think>');
  await expect(page.getByTestId('tryout-old')).toBeVisible();
  await page.getByTestId('try-rows').click();
  await expect(page.getByTestId('tryout-old')).toHaveCount(0);
  await expect(paidBy(page, 0, 'Well-formed Harmony').getByRole('cell').nth(1)).toHaveText('0');
  await expect(paidBy(page, 0, 'Right answer').getByRole('cell').nth(1)).toHaveText('0');
  await page.getByRole('button', { name: 'Back to the row’s own answer' }).click();
  await expect(text).toHaveValue(/analysis/);
  await page.getByTestId('try-next').click();
  await expect(page.getByRole('region', { name: 'Row 4', exact: true })).toBeVisible();
  await lookEverywhere(page, 'rewards-tryout');
  await onPhone(page, 'tryout');
}

async function tryOwn(page: Page): Promise<void> {
  await take(page, 'own').check();
  const source = field(page, 'own', 'source');
  await source.fill('(completion, row) => {\n');
  await source.press('Tab');
  await source.pressSequentially('retrun 1;\n}');
  await expect(source).toHaveValue('(completion, row) => {\n  retrun 1;\n}');
  await page.getByTestId('try-own').click();
  await expect(page.getByTestId('reward-own')).toContainText('SyntaxError in line 2');
  await expect(page.getByTestId('code-line')).toHaveText('2:   retrun 1;');
  await source.fill('(completion, row) => row.user.includes("?") ? null : 0');
  await page.getByTestId('try-own').click();
  await expect(paidBy(page, 0, 'Your own, in JavaScript').getByRole('cell').nth(1), 'null is no 0').toHaveText('not judged');
  await field(page, 'own', 'source').fill('() => { for (;;); }');
  await page.getByTestId('reward-own-more').click();
  await field(page, 'own', 'timeout_s').fill('0.2');
  await page.getByTestId('try-own').click();
  await expect(page.getByTestId('tried').first()).toContainText('It did not end within 0.2 s.');
  await take(page, 'own').uncheck();
}

async function takePresets(page: Page): Promise<void> {
  const preset = page.getByTestId('preset');
  await preset.selectOption('Language compliance');
  await page.getByRole('button', { name: 'Replace them' }).click();
  await expect(page.getByTestId('preset-words')).toContainText('AWS');
  await page.getByTestId('reward-answer_language-more').click();
  await expect(field(page, 'answer_language', 'wrong')).toHaveValue('-5');
  await expect(page.getByTestId('reset-settings')).toHaveCount(0);
  await page.getByTestId('try-rows').click();
  await expect(paidBy(page, 0, 'Short answer').getByRole('cell').nth(1)).toHaveText('0.5');
  await expect(page.getByTestId('start-run')).toBeEnabled();
  await onPhone(page, 'settings');
  await preset.selectOption('Maths');
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue('5e-6');
  await expect(page.getByTestId('setting-per_device_train_batch_size')).toHaveValue('2');
  await page.getByTestId('setting-num_generations').fill('6');
  await expect(page.getByTestId('readiness')).toContainText('set the batch to 3, or num_generations to 4');
  await page.getByTestId('setting-num_generations').fill('8');
  const readiness = page.getByTestId('readiness');
  await expect(readiness).toContainText(/Prompts\d+, from \d+ rows/);
  await expect(readiness).toContainText(/Tokens to answerat most/);
  await expect(readiness).toContainText('not known before a first run of this kind');
  const longest = page.getByTestId('setting-max_completion_length');
  await longest.fill('1970');
  await expect(readiness).toContainText(/left out: prompt and max_completion_length 1,970 must fit the model’s 2,048 positions/);
  await readiness.getByTestId('mend-length').click();
  await expect(longest).toHaveValue(/^19\d\d$/);
  await expect(readiness).not.toContainText('left out');
  await preset.selectOption('gpt-oss adapter, rank 4');
  await page.getByRole('button', { name: 'Replace them' }).click();
  await expect(page.getByTestId('setting-r')).toHaveValue('4');
  await page.goto('#/data');
  await go(page, 'train');
  await expect(preset).toHaveValue('rank-4');
  await checkAccessibility(page);
}

/** A part of the page as wide as a phone, for people to look at. */
async function onPhone(page: Page, part: string): Promise<void> {
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByTestId(part).screenshot({ path: `test-results/screens/rewards-${part}-390.png`, animations: 'disabled' });
  await page.setViewportSize(size);
}

test('rewards are set, tried on rows and on written text, and begun from presets', async ({ page }) => {
  await open(page, 'train');
  await page.getByTestId('method').getByText('Learn from rewards (GRPO)').click();
  await expect(page.getByTestId('setting-max_length'), 'GRPO cuts no rows').toHaveCount(0);
  await test.step('settings', () => changeSettings(page));
  await test.step('rows', () => tryRows(page));
  await test.step('a function of one’s own', () => tryOwn(page));
  await test.step('presets', () => takePresets(page));
});
