/**
 * The line `answer language: X` beside `reasoning language: X`: seen in a row under Data, a setting of Train, and in Compare a choice for all columns that is kept
 * over a reload, with the share of the answer beside that of the thought.
 */
import type { Page } from '@playwright/test';
import { answered, go, open, settled } from './page.ts';
import { expect, lookEverywhere, test } from './support.ts';

test('a language is asked for the answer, in rows and in Compare', async ({ page }) => {
  await open(page, 'data');
  await test.step('Data shows the line in the row, and what it asks for', () => inData(page));
  await test.step('Train has it as a setting with the same value', () => inTrain(page));
  await test.step('Compare asks for it, judges the answer, and keeps the choice', () => inCompare(page));
});

async function inData(page: Page): Promise<void> {
  const lines = page.getByTestId('language-lines');
  const panel = page.getByTestId('row-panel');
  await page.getByTestId('row-view').getByText('Template', { exact: true }).click();
  await page.getByRole('option').first().click();
  await expect(lines).toHaveValue('add the reasoning’s');
  await expect(panel).toContainText('reasoning language: ');
  await expect(panel).not.toContainText('answer language: ');
  await lines.click();
  await page.getByRole('option', { name: 'add both' }).click();
  await expect(panel).toContainText(/reasoning language: (\w+)\s*answer language: \1/);
  await expect(page.getByTestId('row-answer-language')).toHaveText(/^answer in \w+$/);
  await lookEverywhere(page, 'answer-language-data');
}

async function inTrain(page: Page): Promise<void> {
  await go(page, 'train');
  await page.getByTestId('advanced').click();
  const setting = page.getByTestId('setting-inject_answer_language');
  await expect(setting).toBeChecked();
  await setting.focus();
  await page.keyboard.press('Space');
  await expect(setting).not.toBeChecked();
}

async function inCompare(page: Page): Promise<void> {
  await go(page, 'compare');
  const choice = page.getByTestId('answer-language');
  await expect(choice).toHaveValue('not requested');
  await page.getByTestId('examples').getByRole('button').first().click();
  const [first, last] = await Promise.all(['add-language', 'answer-language'].map((id) => page.getByTestId(id).boundingBox()));
  expect(last!.y, 'one line with five languages').toBe(first!.y);
  for (const language of ['Spanish', 'French', 'Italian']) await page.getByRole('button', { name: `Remove ${language}` }).click();
  await page.getByTestId('sampling').click();
  await page.getByTestId('sampling-max_new_tokens').fill('96');
  await page.keyboard.press('Escape');
  await page.getByTestId('ask').click();
  await answered(page);
  await expect(page.getByTestId('cell-base-German').getByTestId('answer-share')).toHaveCount(0);
  await choice.click();
  await page.getByRole('option', { name: 'the reasoning’s language' }).click();
  await page.getByTestId('ask').click();
  await answered(page);
  for (const language of ['German', 'English'])
    await expect(page.getByTestId(`cell-base-${language}`).getByTestId('answer-share')).toHaveText(
      new RegExp(`^(answer \\d+ % in ${language}|answer cannot be judged: .*|no answer)$`),
    );
  await choice.click();
  await page.getByRole('option', { name: 'the question’s language' }).click();
  await page.getByTestId('ask').click();
  await answered(page);
  await expect(page.getByTestId('cell-base-German').getByTestId('answer-share')).toHaveText('answer 100 % in Spanish');
  await choice.click();
  await choice.fill('French');
  await page.getByRole('option', { name: /French/ }).click();
  await page.getByTestId('ask').click();
  await answered(page);
  await expect(page.getByTestId('cell-base-German').getByTestId('answer-share')).toHaveText(/French|answer cannot|no answer/);
  await lookEverywhere(page, 'answer-language-compare');
  await page.reload();
  await settled(page);
  await expect(choice).toHaveValue(/French/);
  await expect(page.getByTestId('cell-base-German').getByTestId('answer-share')).not.toBeEmpty();
}
