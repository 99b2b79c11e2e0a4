/**
 * Models with a chat template that no built-in format knows: the template runs in a worker of its own, under the page's policy. One that marks what a
 * model wrote, one that never ends, one that refuses, some that are huge: rows say what is wrong, and the page lives on.
 */
import { cpSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { ask, go, open, PATIENCE, readAnswer, settled } from './page.ts';
import { expect, test } from './support.ts';

const fixture = (name: string) => resolve(import.meta.dirname, '../fixtures', name);
const mini = resolve(import.meta.dirname, '../../public/models/mini');

/** Turns without channels, which no format of ours writes with these tokens. */
const turns = (marked: boolean, before = '') => `${before}{%- for m in messages %}
{{- '<|start|>' + m.role + '<|message|>' }}
{%- if m.role == 'assistant' %}
{%- ${marked ? 'generation' : 'if true'} -%}
{{- '<think>' + m.thinking + '</think>' if m.thinking is defined }}{{ m.content + '<|end|>' }}
{%- ${marked ? 'endgeneration' : 'endif'} -%}
{%- else %}
{{- m.content + '<|end|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start|>assistant<|message|>' }}{%- endif %}`;

/** The bundled model's files with another template, opened as a folder of the user's. */
async function openWith(page: Page, folder: string, template: string): Promise<void> {
  const name = folder.split('/').at(-1)!;
  cpSync(mini, folder, { recursive: true });
  writeFileSync(join(folder, 'chat_template.jinja'), template);
  await go(page, 'model');
  await page.getByTestId('model-folder').setInputFiles(folder);
  await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toHaveText(name, PATIENCE);
}

async function openRows(page: Page, file: string, trained: RegExp): Promise<void> {
  await go(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles(fixture(file));
  await expect(page.getByTestId('trained-words')).toHaveText(trained, PATIENCE);
}

/** What Compare says where no answer can be asked for. */
async function askAndFail(page: Page): Promise<string> {
  await go(page, 'compare');
  await page.getByTestId('question').fill('2 + 2?');
  await page.getByTestId('ask').click();
  const alert = page.getByTestId('notices-compare').getByRole('alert');
  await expect(alert).toBeVisible(PATIENCE);
  return (await alert.innerText()).replaceAll(/\s+/g, ' ');
}

test('an unknown template renders rows, masks and questions in its own worker, under our policy', async ({ page }, info) => {
  const violations: string[] = [];
  await page.exposeFunction('violated', (what: string) => violations.push(what));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', (event) => {
      void (globalThis as unknown as { violated(what: string): void }).violated(`${event.violatedDirective} ${event.blockedURI}`);
    }),
  );
  const scripts: { url: string; policy: string | undefined }[] = [];
  page.on('response', (response) => {
    if (/template-worker/.test(response.url()))
      scripts.push({ url: response.url(), policy: response.headers()['content-security-policy'] });
  });

  await open(page);
  await openWith(page, info.outputPath('marked'), turns(true));
  await go(page, 'data');
  await expect(page.getByTestId('trained-words'), 'by the worker that encodes large datasets too').toHaveText(
    /^600 of 600 rows train/,
    PATIENCE,
  );
  await openRows(page, 'flows/turns.json', /^2 of 2 rows train/);
  await page.getByRole('option').filter({ hasText: '¿Cuál es la capital de Perú?' }).click();
  const panel = page.getByTestId('row-panel');
  await page.getByTestId('row-view').getByText('Template', { exact: true }).click();
  await expect(panel).toContainText('<|start|>system<|message|>reasoning language: Spanish<|end|>');
  await expect(panel).toContainText('<think>Pide la capital de Perú. Es Lima.</think>La capital de Perú es Lima.<|end|>');

  await page.getByTestId('row-view').getByText('Tokens', { exact: true }).click();
  const trained = (await panel.locator('[data-trained=true]').allInnerTexts()).join('');
  expect(trained.replaceAll(/[\s·␣↵]/g, '')).toBe(
    '<think>PidelacapitaldePerú.EsLima.</think>LacapitaldePerúesLima.<|end|><think>PidelacapitaldeChile.EsSantiago.</think>LacapitaldeChileesSantiago.<|end|>',
  );

  await go(page, 'train');
  await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
  await go(page, 'compare');
  await page.getByTestId('sampling').click();
  await page.getByTestId('sampling-max_new_tokens').fill('8');
  await page.keyboard.press('Escape');
  await ask(page, '2 + 2?');
  const { thought, answer } = await readAnswer(page, 'base', 'Spanish');
  expect(thought + answer, 'the model was asked').not.toBe('');

  expect(scripts.length, 'the worker of the built page').toBeGreaterThan(0);
  for (const { url, policy } of scripts) {
    expect(new URL(url).origin).toBe(new URL(page.url()).origin);
    expect(policy).toContain("script-src 'self'");
  }
  expect(violations).toEqual([]);
});

test('a template without marks trains what it adds to its prompt; its refusal of one row is said by row', async ({ page }, info) => {
  await open(page);
  const spanish = "{%- if 'Spanish' in messages[0].content %}{{ raise_exception('No Spanish here!') }}{%- endif %}";
  await openWith(page, info.outputPath('plain'), turns(false, spanish));
  await openRows(page, 'flows/turns.json', /^1 of 2 rows train.*Left out: 1 with problems/);
  const refused = page.getByTestId('problems').getByRole('row').filter({ hasText: 'Row 1' });
  await expect(refused).toContainText('Row 1 is refused by the template: chat_template.jinja: No Spanish here!');
  await page.getByRole('option').filter({ hasText: 'Quelle est la capitale du Japon ?' }).click();
  await page.getByTestId('row-view').getByText('Tokens', { exact: true }).click();
  const trained = (await page.getByTestId('row-panel').locator('[data-trained=true]').allInnerTexts()).join('');
  expect(trained.replaceAll(/[\s·␣↵]/g, '')).toBe('<think>OndemandelacapitaleduJapon.C’estTokyo.</think>LacapitaleduJaponestTokyo.<|end|>');
});

const ENDLESS = '{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}';

test('a template that never ends is stopped after 2 s, thrice at most, while the page answers; the next model works', async ({
  page,
}, info) => {
  await open(page);
  const begun = Date.now();
  await openWith(page, info.outputPath('endless'), ENDLESS);
  await go(page, 'data');
  await expect(page.getByTestId('trained-words'), 'all rows of the bundled dataset').toHaveText(/^0 of [\d,]+ rows train/, PATIENCE);
  await expect(page.getByTestId('problems')).toContainText('chat template did not end within 2 s', { ignoreCase: true });
  await expect(page.getByTestId('problems')).toContainText('and is not run again; check it for endless loops, then open the model anew');
  expect(Date.now() - begun, 'milliseconds for a thousand rows').toBeLessThan(90_000);
  expect(await askAndFail(page)).toMatch(/chat_template\.jinja: Chat template did not end within 2 s 3 times in a row/);
  await page.screenshot({ path: 'test-results/screens/template-endless.png' });

  await openWith(page, info.outputPath('marked'), turns(true));
  await openRows(page, 'flows/turns.json', /^2 of 2 rows train/);
});

test('a template that refuses everything, and huge ones, are one sentence each; a reload brings the bundled model back', async ({
  page,
}, info) => {
  await open(page);
  const cases: { name: string; template: string; sentence: RegExp }[] = [
    {
      name: 'refuses',
      template: '{{ raise_exception("Roles must alternate!") }}',
      sentence: /chat_template\.jinja: Roles must alternate!/,
    },
    { name: 'broken', template: '{% for m in messages %}{{ m.content }', sentence: /chat_template\.jinja: Parser Error/ },
    {
      name: 'huge',
      template: `{# ${'x'.repeat(30_000_000)} #}${turns(true)}`,
      sentence: /chat_template\.jinja: has 30\.0 million characters, where a chat template may have one/,
    },
    {
      name: 'writes-much',
      template: "{% set ns = namespace(x='x') %}{% for i in range(28) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
      sentence: /chat_template\.jinja: it writes 268 million characters for one conversation/,
    },
  ];
  for (const { name, template, sentence } of cases) {
    await test.step(name, async () => {
      await openWith(page, info.outputPath(name), template);
      if (name === 'refuses') await openRows(page, 'flows/turns.json', /^0 of 2 rows train/);
      await go(page, 'data');
      await expect(page.getByTestId('problems')).toContainText(sentence, PATIENCE);
      await expect(page.getByTestId('trained-words')).toHaveText(/^0 of 2 rows train/);
      expect(await askAndFail(page)).toMatch(sentence);
    });
  }
  await page.reload();
  await settled(page);
  await go(page, 'data');
  await expect(page.getByTestId('trained-words')).toHaveText(/^2 of 2 rows train/, PATIENCE);
});
