/** Page and headless introduce a model alike, wherever its template lies: the page once took a template in tokenizer_config.json for the stock one. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { render } from '../../headless/verbs/render.ts';
import type { EncodingSettings } from '../../protocol/dataset.ts';
import { readDataset, row } from '../api/data.ts';
import { EngineState } from '../api/engine-state.ts';
import { loadModel } from '../api/model.ts';
import { bytesDirectory } from '../files/source.ts';
import { openText } from './open-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'text-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bundled = 'public/models/mini';
const template = readFileSync(`${bundled}/chat_template.jinja`, 'utf8');
const own = '<|start|>system<|message|>You are Mother Tongue mini.\n';
const stock = '<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n';
const messages = [
  { role: 'user' as const, content: 'Hi.' },
  { role: 'assistant' as const, content: 'Hello.' },
];

/** The bundled model without its template, and these keys in tokenizer_config.json. */
function modelWith(name: string, config: object): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const file of readdirSync(bundled).filter((file) => !/^(chat_template\.jinja|README\.md|settings\.json)$/.test(file)))
    writeFileSync(join(path, file), readFileSync(join(bundled, file)));
  const standing = JSON.parse(readFileSync(`${bundled}/tokenizer_config.json`, 'utf8')) as object;
  writeFileSync(join(path, 'tokenizer_config.json'), JSON.stringify({ ...standing, ...config }));
  return path;
}

async function byHeadless(model: string): Promise<string> {
  const [file, out] = [join(folder, 'messages.json'), join(folder, 'out.json')];
  writeFileSync(file, JSON.stringify(messages));
  await render(['--model', model, '--messages', file, '--template', 'hf', '--date', '2026-11-22', '--out', out]);
  return (JSON.parse(readFileSync(out, 'utf8')) as { text: string }).text;
}

async function byPage(model: string): Promise<string> {
  const files = { list: async () => [], get: async () => null, size: async () => 0, put: async () => {}, delete: async () => {} };
  const engine = new EngineState({ files });
  const chosen = readdirSync(model).map((path) => ({ path: `m/${path}`, file: new Blob([readFileSync(join(model, path))]) }));
  await loadModel(engine, { kind: 'folder', name: 'm', files: chosen });
  const rows = new Blob([`${JSON.stringify({ messages })}\n`]);
  await readDataset(engine, { kind: 'file', file: rows, name: 'rows.jsonl' });
  const settings: EncodingSettings = {
    template: 'hf',
    date: '2026-11-22',
    max_length: 512,
    assistant_only_loss: false,
    inject_reasoning_language: false,
  };
  const { segments } = await row(engine, 1, settings);
  return segments.map(({ text }) => text).join('');
}

describe('a template in tokenizer_config.json', () => {
  it.each([
    ['as a text', { chat_template: template }, own],
    [
      'in a list, under the name default',
      {
        chat_template: [
          { name: 'tool_use', template: '<|start|>' },
          { name: 'default', template },
        ],
      },
      own,
    ],
    ['in a list without a default', { chat_template: [{ name: 'tool_use', template }] }, stock],
    ['nowhere', {}, stock],
  ])('%s: page and headless render the same text', async (name, config, start) => {
    const model = modelWith(name.replaceAll(/\W/g, '-'), config);
    const [page, headless] = [await byPage(model), await byHeadless(model)];
    expect(page).toBe(headless);
    expect(page.slice(0, start.length)).toBe(start);
  });
});

describe('a template that trims all white space', () => {
  const read = (name: string): string => readFileSync(`e2e/fixtures/templates/${name}`, 'utf8');
  const nameOf = async (template: string): Promise<string> => {
    const files = { 'tokenizer.json': read('tokenizers/smollm3.json'), 'chat_template.jinja': template };
    const bytes = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
    return (await openText(bytesDirectory('model', bytes))).format.name;
  };

  it.each(['smollm3', 'smollm3_older'])('%s is known by its words', async (family) => {
    const template = read(`jinja/${family}.jinja`);
    const name = family.replace('_', '-');
    expect(await nameOf(template)).toBe(name);
    expect(await nameOf(template.replaceAll(/^ +/gm, '').replaceAll('\n', '\r\n'))).toBe(name);
    expect(await nameOf(template.replaceAll(/\n\n+/g, '\n'))).toBe(name);
    expect(await nameOf(template.replace('helpful', 'useful'))).toBe('this chat template');
    expect(await nameOf(template.replace('-%}\n{%- endfor', '%}\n{%- endfor'))).not.toBe(name);
  });
});

// One block of more than a second for 150,000 words.
it('what waits is answered while a vocabulary is checked and built', async () => {
  const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'];
  const bytes = new Map(files.map((file) => [file, new Uint8Array(readFileSync(join(bundled, file)))]));
  await openText(bytesDirectory('mini', bytes)); // compiles what hashes the template
  let answered = 0;
  const timer = setInterval(() => answered++, 0);
  await openText(bytesDirectory('mini', bytes));
  clearInterval(timer);
  expect(answered).toBeGreaterThanOrEqual(2);
});
