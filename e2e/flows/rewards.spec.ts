/**
 * Rewards that run programs of others, in a real browser under the real policy: Python and a user's own JavaScript in workers that can reach nothing. The
 * cases are those of the unit tests; here it counts that no request is made, and that the page goes on.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import type { Verdict } from '../../src/protocol/rewards.ts';
import { expect, labUrl, test } from './support.ts';

interface Case extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly expected: unknown;
}

const cases = (file: string): Case[] =>
  readFileSync(resolve(import.meta.dirname, `../../src/engine/rewards/cases/${file}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);

/** Opens the lab page; all addresses that are asked for from now on. */
async function openLab(page: Page): Promise<string[]> {
  const asked: string[] = [];
  page.context().on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  await page.goto(`${labUrl}rewards.html`);
  await page.waitForFunction(() => 'lab' in globalThis);
  return asked;
}

const judge = (page: Page, name: string, rows: readonly object[], settings: object = {}): Promise<Verdict[]> =>
  page.evaluate(([name, rows, settings]) => globalThis.lab.judge(name, rows as Record<string, unknown>[], settings), [
    name,
    rows,
    settings,
  ] as const);

test.use({
  // Programs that break their interpreter, by recursion or memory without an end: it says so, and its thread is replaced.
  expectedMessages: [
    /Pyodide has suffered a fatal error|cause of the fatal error|Maximum call stack size exceeded|quickjs\.c.*JS_FreeRuntime/,
  ],
});

test('Python programs are judged as under Node, and none leaves the tab', async ({ page }) => {
  const asked = await openLab(page);
  const programs = [...cases('code'), ...cases('sandbox')];
  let beats = 0;
  await page.exposeFunction('beat', () => beats++);
  await page.evaluate(() => setInterval(() => (globalThis as unknown as { beat(): void }).beat(), 200));
  const verdicts = await judge(page, 'code', programs, { timeout_s: 3 });
  const shown = (values: readonly unknown[]) => programs.map(({ name, expected }, at) => [name, expected === null ? null : values[at]]);
  expect(shown(verdicts.map(({ value }) => value))).toEqual(shown(programs.map(({ expected }) => expected)));
  expect(beats, 'the page stays alive').toBeGreaterThan(20);
  const foreign = asked.filter((url) => new URL(url).origin !== new URL(labUrl).origin);
  expect(foreign).toEqual([]);
  // Everything was fetched by the page once; the workers import two scripts each.
  expect(asked.filter((url) => /python_stdlib|\.wasm/.test(url)).length).toBe(2);
});

test('a user’s own reward sees nothing of the page', async ({ page }) => {
  const asked = await openLab(page);
  const rows = cases('own-rows');
  for (const { name, source, expected } of cases('own')) {
    if (Array.isArray(expected)) {
      const verdicts = await judge(page, 'own', rows, { source, timeout_s: 1 });
      expect([name, verdicts.map(({ value }) => value)]).toEqual([name, expected]);
    } else if (expected === 'refused') await expect(judge(page, 'own', rows, { source })).rejects.toThrow(/Your own reward cannot be used/);
  }
  expect(asked.filter((url) => new URL(url).origin !== new URL(labUrl).origin)).toEqual([]);
});

test('their workers may connect to nothing, by the policy of their own answers', async ({ page, request }) => {
  const asked = await openLab(page);
  await judge(page, 'own', [{ completion: 'a' }], { source: '() => 1' });
  await judge(page, 'code', [{ completion: '```python\n1\n```' }]);
  for (const worker of ['python-worker', 'own-reward-worker']) {
    const script = asked.find((url) => url.includes(`/${worker}-`));
    expect(script, worker).toBeDefined();
    const policy = (await request.get(script!)).headers()['content-security-policy'];
    expect(policy).toContain("connect-src 'none'");
    expect(policy).toContain("trusted-types 'none'");
  }
});
