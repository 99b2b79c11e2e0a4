/** Asking: stopped at any token and asked again, a question full of HTML, languages added and removed, and an ONNX peer beside the base. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { answered, ask, open, PATIENCE, readAnswer } from './page.ts';
import { expect, test } from './support.ts';

const onnx = resolve(import.meta.dirname, '../fixtures/onnx');

async function sample(page: Page, settings: Record<string, number>): Promise<void> {
  await page.getByTestId('sampling').click();
  for (const [name, value] of Object.entries(settings)) await page.getByTestId(`sampling-${name}`).fill(String(value));
  await page.keyboard.press('Escape');
}

test('an answer stops at any token and keeps what was said; the next question is answered as if nothing had been', async ({ page }) => {
  await open(page, 'compare');
  await ask(page, 'What is 27 + 38?');
  const before = await readAnswer(page, 'base', 'English');

  await sample(page, { temperature: 2, max_new_tokens: 1500, seed: 3 });
  await page.getByTestId('ask').click();
  await expect(page.getByTestId('cell-base-German').getByTestId('thought')).not.toBeEmpty();
  await page.getByTestId('stop-asking').click();
  await answered(page);
  const stopped = page.locator('article[data-stop=cancelled]');
  expect(await stopped.count()).toBeGreaterThan(0);
  await expect(stopped.first()).toContainText('stopped');
  await expect(stopped.first().getByTestId('thought')).not.toBeEmpty();

  await sample(page, { temperature: 0, max_new_tokens: 192 });
  await ask(page, 'What is 27 + 38?');
  expect(await readAnswer(page, 'base', 'English')).toEqual(before);
});

test('HTML in a question is text, and so is whatever the model makes of it', async ({ page }) => {
  await open(page, 'compare');
  await sample(page, { max_new_tokens: 24 });
  await ask(page, '<img src="x.png" onerror="window.executed = 1"><b>What</b> is 27 + 38?');
  await expect(page.getByTestId('asked')).toContainText('<img src="x.png" onerror="window.executed = 1">');
  await expect(page.getByTestId('place-compare').locator('img, b')).toHaveCount(0);
  expect(await page.evaluate(() => 'executed' in window)).toBe(false);
});

test('an ONNX model from a folder answers beside the base, with the words PyTorch gives', async ({ page }) => {
  const { cases } = JSON.parse(readFileSync(`${onnx}/goldens.json`, 'utf8')) as {
    cases: { messages: { content: string }[]; text: string }[];
  };
  const golden = cases[0]!;
  await open(page, 'compare');
  const languages = page.getByTestId('languages');
  for (const remove of (await languages.getByRole('button', { name: /^Remove/ }).all()).reverse()) await remove.click();
  await expect(page.getByTestId('ask-obstacle')).toBeVisible();
  await page.getByTestId('add-language').fill('No language');
  await page.getByRole('option', { name: 'No language requested' }).click();

  await page.getByTestId('add-peer').click();
  await page.getByTestId('peer-folder').setInputFiles(`${onnx}/tiny-llama`);
  await expect(page.getByTestId('use-peer')).toBeChecked(PATIENCE);
  await ask(page, golden.messages[0]!.content);
  const { thought, answer } = await readAnswer(page, 'peer', 'none');
  expect(`<think>${thought}</think>${answer}`.replace(/\s/g, '')).toBe(golden.text.replace(/\s/g, ''));
  expect((await readAnswer(page, 'base', 'none')).thought).not.toBe('');
});
