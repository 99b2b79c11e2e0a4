/**
 * Nothing foreign runs in the page, and nothing of it leaves: the content security policy from the headers and from the page's own meta tag,
 * HTML planted wherever a user's files and models put text, and every request of an ordinary visit.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { createRepository, folderFiles } from '../hub/content.mjs';
import { startHub } from '../hub/server.mjs';
import { ask, go, open, PATIENCE, reaches, start } from './page.ts';
import { drop, expect, pageUrl, test } from './support.ts';

const mini = resolve(import.meta.dirname, '../../public/models/mini');
const onnx = resolve(import.meta.dirname, '../fixtures/onnx/tiny-llama');

/** HTML that runs something in any page that takes it as HTML; `at` names the place in the report. */
const planted = (at: string) =>
  `<img src=x onerror="planted('${at}')"><script>planted('${at}')</script><svg onload="planted('${at}')"><iframe srcdoc="<script>parent.planted('${at}')</script>">`;

/** What must not happen: planted script, refused script or markup, dialogs. */
async function guard(page: Page): Promise<string[]> {
  const happened: string[] = [];
  page.on('dialog', (dialog) => {
    happened.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction('planted', (at: string) => happened.push(`ran: ${at}`));
  await page.exposeFunction('violated', (what: string) => happened.push(`violation: ${what}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      void (globalThis as unknown as { violated(what: string): void }).violated(
        `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
      );
    });
  });
  return happened;
}

/** Origins of all requests of the page and its workers. */
function recordOrigins(page: Page): Map<string, string[]> {
  const origins = new Map<string, string[]>();
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    origins.set(origin, [...(origins.get(origin) ?? []), request.url()]);
  });
  page.on('websocket', (socket) => origins.set(socket.url(), [socket.url()]));
  return origins;
}

async function fewTokens(page: Page, tokens: number): Promise<void> {
  await page.getByTestId('sampling').click();
  await page.getByTestId('sampling-max_new_tokens').fill(String(tokens));
  await page.keyboard.press('Escape');
}

async function loadPeer(page: Page, folder: string): Promise<void> {
  await page.getByTestId('add-peer').click();
  await page.getByTestId('peer-folder').setInputFiles(folder);
  await expect(page.getByTestId('use-peer')).toBeChecked(PATIENCE);
}

test('an ordinary visit violates nothing and asks its own origin only; planted text stays text', async ({ page }, info) => {
  const happened = await guard(page);
  const origins = recordOrigins(page);
  const own = new URL(pageUrl).origin;

  await test.step('train, save the charts, compare with a peer: nothing but our own origin', async () => {
    await open(page);
    await start(page, { max_steps: 2, per_device_train_batch_size: 2, adherence_steps: 2 });
    await reaches(page, 'done');
    for (const item of ['CSV', 'PNG']) {
      await page.getByTestId('charts').getByRole('button', { name: 'Save' }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: item }).click();
      await download;
    }
    await go(page, 'compare');
    await fewTokens(page, 12);
    await loadPeer(page, onnx);
    await ask(page, 'What is 27 + 38?');
    expect([...origins.keys()], 'origins of requests').toEqual([own]);
    const paths = origins.get(own)!.map((url) => new URL(url).pathname);
    for (const part of ['/models/mini/', '/datasets/mini/', '.wasm']) // the workers' requests are seen too
      expect(
        paths.some((path) => path.includes(part)),
        part,
      ).toBe(true);
  });

  const zip = await test.step('export the adapter', async () => {
    await go(page, 'runs');
    const download = page.waitForEvent('download');
    await page.getByTestId('download-adapter').click();
    return new Uint8Array(readFileSync(await (await download).path()));
  });

  await test.step('a Hub that the user names is asked, and no other', async () => {
    const hub = await startHub({ repositories: [createRepository('someone/mini', folderFiles(mini))] });
    await go(page, 'model');
    await page.getByTestId('open-hub').click();
    await page.getByTestId('hub-repository').fill(`${hub.endpoint}/someone/mini`);
    await page.getByTestId('hub-more').click();
    await page.getByTestId('hub-look').click();
    await expect(page.getByTestId('hub-open')).toBeVisible(PATIENCE);
    await page.getByTestId('open-hub').click();
    const foreign = [...origins.keys()].filter((origin) => origin !== own);
    expect(foreign).toContain(new URL(hub.endpoint).origin);
    for (const origin of foreign) expect(new URL(origin).hostname).toMatch(/^(localhost|127\.0\.0\.1)$/);
    await hub.close();
  });

  await test.step('an adapter whose name and metadata hold HTML', async () => {
    await go(page, 'runs');
    const name = `${planted('adapter name').replaceAll('/', '')}.zip`;
    await page.getByTestId('adapter-zip').setInputFiles({ name, mimeType: 'application/zip', buffer: plantedAdapter(zip) });
    await expect(page.getByTestId('adapter')).toContainText('imported', PATIENCE);
    await expect(page.getByTestId('place-runs')).toContainText('<img src=x');
  });

  await test.step('rows, columns, languages and a file name that hold HTML', async () => {
    await go(page, 'data');
    await openData(page, 'columns.jsonl', plantedColumns());
    await expect(page.getByTestId('column-mapping')).toContainText('<img src=x', PATIENCE);
    await page.getByTestId('map-user').click();
    await expect(page.getByRole('option').first()).toContainText('<img src=x');
    await page.keyboard.press('Escape');
    await openData(page, `${planted('file name').replaceAll('/', '')}.jsonl`, plantedRows());
    await expect(page.getByTestId('row-view')).toBeVisible(PATIENCE);
    await expect(page.getByTestId('row-panel')).toContainText('<img src=x', PATIENCE);
    for (const view of ['Template', 'Tokens', 'Conversation']) await page.getByTestId('row-view').getByText(view, { exact: true }).click();
  });

  await test.step('a model whose card, settings and every word hold HTML, and a peer alike', async () => {
    await go(page, 'compare');
    await page.getByRole('button', { name: 'Remove', exact: true }).click(); // the peer
    await go(page, 'model');
    await page.getByTestId('model-folder').setInputFiles(plantedModel(info.outputPath('model')));
    await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toHaveText('model', PATIENCE);
    await go(page, 'compare');
    await loadPeer(page, plantedPeer(info.outputPath('peer')));
    await fewTokens(page, 40);
    await ask(page, planted('question'));
    for (const source of ['base', 'peer'])
      await expect(page.getByTestId('answers').locator(`[data-testid^=cell-${source}]`, { hasText: '<img src=x' })).not.toHaveCount(0);
    expect(await page.getByTestId('place-compare').locator('img, iframe, script').count()).toBe(0);
  });

  expect(happened).toEqual([]);
});

function plantedAdapter(zip: Uint8Array): Buffer {
  const files = unzipSync(zip);
  const rewrite = (file: string, change: (value: Record<string, unknown>) => object) => {
    files[file] = strToU8(JSON.stringify(change(JSON.parse(strFromU8(files[file]!)) as Record<string, unknown>)));
  };
  rewrite('adapter_config.json', (config) => ({
    ...config,
    base_model_name_or_path: planted('base model'),
    revision: planted('revision'),
  }));
  files['README.md'] = strToU8(planted('adapter card'));
  return Buffer.from(zipSync(files));
}

function plantedRows(): string {
  const row = (i: number) => ({
    reasoning_language: i === 0 ? planted('language') : 'German',
    messages: [
      { role: 'system', content: planted('system') },
      { role: 'user', content: planted('question in a row') },
      { role: 'assistant', thinking: planted('reasoning in a row'), content: planted('answer in a row') },
    ],
  });
  return [0, 1, 2].map((i) => JSON.stringify(row(i))).join('\n');
}

function plantedColumns(): string {
  return JSON.stringify(Object.fromEntries(['first', 'second', 'third'].map((at) => [planted(`${at} column`), planted(`${at} cell`)])));
}

function openData(page: Page, name: string, content: string): Promise<void> {
  return test.step(name.slice(0, 20), async () => {
    if (await page.getByTestId('open-dataset').isVisible()) await page.getByTestId('open-dataset').click();
    await drop(page.getByTestId('dataset-drop'), [{ name, content }]);
  });
}

/** A tokenizer in which many words are HTML: their merges are gone, so that only the model can write them. */
function plantedTokenizer(file: string): string {
  const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as { model: { vocab: Record<string, number>; merges: [string, string][] } };
  const { vocab, merges } = tokenizer.model;
  const words = new Set(Object.keys(vocab).filter((token) => /^Ġ[a-z]{2,}$/.test(token)));
  tokenizer.model.merges = merges.filter(([a, b]) => !words.has(a) && !words.has(b) && !words.has(a + b));
  tokenizer.model.vocab = Object.fromEntries(
    Object.entries(vocab).map(([token, id]) => [words.has(token) ? `${planted(`word ${id}`).replaceAll(' ', 'Ġ')}` : token, id]),
  );
  return JSON.stringify(tokenizer);
}

function plantedModel(folder: string): string {
  cpSync(mini, folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), plantedTokenizer(join(mini, 'tokenizer.json')));
  writeFileSync(join(folder, 'README.md'), planted('model card'));
  const settings = JSON.parse(readFileSync(join(mini, 'settings.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...settings, examples: [planted('example')] }));
  return folder;
}

function plantedPeer(folder: string): string {
  cpSync(onnx, folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), plantedTokenizer(join(onnx, 'tokenizer.json')));
  return folder;
}

test.describe('what gets into the page all the same', () => {
  test.use({ expectedMessages: [/Content Security Policy|Trusted|^request: .* (csp|net::ERR_BLOCKED_BY_)/i] });

  for (const source of ['headers', 'meta'] as const) {
    test(`is refused by the policy in the ${source} alone`, async ({ page }) => {
      const happened = await guard(page);
      await page.route(pageUrl, async (route) => {
        const response = await route.fetch();
        const {
          'content-security-policy': _policy,
          'content-encoding': _encoding,
          'content-length': _length,
          ...headers
        } = response.headers();
        const body = await response.text();
        if (source === 'meta') return route.fulfill({ response, headers, body });
        return route.fulfill({ response, body: body.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '') });
      });
      await page.goto('./');
      await expect(page.getByTestId('step-model')).toBeVisible();
      expect(await page.locator('meta[http-equiv="Content-Security-Policy"]').count()).toBe(source === 'meta' ? 1 : 0);
      expect(happened).toEqual([]);

      const outcomes = await page.evaluate(tryAll, pageUrl);
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(outcomes).map((name) => [name, 'refused'])));
      await page.waitForTimeout(300); // what runs late would run now
      expect(happened.filter((what) => what.startsWith('ran'))).toEqual([]);
      expect(happened.filter((what) => what.startsWith('violation')).length).toBeGreaterThanOrEqual(6);
    });
  }

  test('no other site can frame the page', async ({ page, request }) => {
    const policy = (await request.get(pageUrl)).headers()['content-security-policy'];
    expect(policy).toMatch(/(^|; )frame-ancestors 'none'$/);
    await page.route('http://localhost:1/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${pageUrl}"></iframe>` }),
    );
    await page.goto('http://localhost:1/');
    await expect.poll(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/);
  });
});

/** Every way in, tried from inside the page: refused where it throws, or where nothing runs and the policy says why. */
async function tryAll(own: string): Promise<Record<string, string>> {
  const attempts: Record<string, () => unknown> = {
    innerHTML: () => {
      document.createElement('div').innerHTML = '<b>bold</b>';
    },
    insertAdjacentHTML: () => document.body.insertAdjacentHTML('beforeend', '<i>x</i>'),
    'document.write': () => document.write('<b>x</b>'),
    DOMParser: () => new DOMParser().parseFromString('<b>x</b>', 'text/html'),
    srcdoc: () => {
      document.createElement('iframe').srcdoc = '<b>x</b>';
    },
    'script text': () => {
      document.createElement('script').textContent = 'planted("script text")';
    },
    'script address': () => {
      document.createElement('script').src = 'https://example.com/x.js';
    },
    'data: worker': () => new Worker('data:text/javascript,0'),
    'blob: worker': () => new Worker(URL.createObjectURL(new Blob(['0'], { type: 'text/javascript' }))),
    'foreign worker': () => new Worker('https://example.com/x.js'),
    'timer text': () => setTimeout('planted("timer")' as unknown as () => void, 0),
    'another policy': () =>
      (globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }).trustedTypes.createPolicy(
        'mine',
        {},
      ),
  };
  const outcomes: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      attempt();
      outcomes[name] = 'allowed';
    } catch {
      outcomes[name] = 'refused';
    }
  }
  const settled = (work: Promise<unknown>) =>
    work.then(
      () => 'allowed',
      () => 'refused',
    );
  outcomes['plain http'] = await settled(fetch('http://example.com/', { mode: 'no-cors' }));
  const image = new Image();
  outcomes['foreign image'] = await settled(
    new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = 'https://example.com/x.png';
    }),
  );
  const link = Object.assign(document.createElement('a'), { href: "javascript:planted('link')" });
  document.body.append(link);
  link.click();
  const form = Object.assign(document.createElement('form'), { action: own, method: 'post' });
  document.body.append(form);
  form.submit();
  return outcomes;
}
