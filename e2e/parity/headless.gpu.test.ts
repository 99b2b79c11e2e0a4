/** The verbs `logits`, `grads` and `generate` through their arguments and files, on WebGPU's default limits, against goldens of transformers and PEFT. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generate } from '../../src/headless/verbs/generate.ts';
import { grads } from '../../src/headless/verbs/grads.ts';
import { logits } from '../../src/headless/verbs/logits.ts';
import { writeQwen3Folder } from '../fixtures/qwen3-folder.ts';
import { largestError, readJson, readTensors, relativeL2, testRunner } from './headless-support.ts';

const runner = testRunner();
const models = 'e2e/fixtures/models';
const peft = 'e2e/fixtures/peft';
const write = (name: string, value: unknown): string => {
  writeFileSync(runner.path(name), JSON.stringify(value));
  return runner.path(name);
};

describe('logits', () => {
  it('writes what transformers computes', async () => {
    const out = runner.path('logits.safetensors');
    await logits(['--model', `${models}/bf16-sharded`, '--ids', `${models}/bf16-sharded/ids.json`, '--out', out], runner);
    const [got, want] = [await readTensors(out), await readTensors(`${models}/bf16-sharded/logits.safetensors`)];
    expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
    for (const [name, values] of want) expect(largestError(got.get(name)!, values), name).toBeLessThanOrEqual(1e-4);
  });

  it('writes what PEFT computes with an adapter', async () => {
    const out = runner.path('adapted.safetensors');
    const adapter = ['--adapter', `${peft}/both-experts/adapter`];
    await logits(['--model', `${models}/mxfp4-yarn`, ...adapter, '--ids', `${peft}/both-experts/batch.json`, '--out', out], runner);
    const [got, want] = [await readTensors(out), await readTensors(`${peft}/both-experts/logits.safetensors`)];
    for (const [name, values] of want) expect(largestError(got.get(name)!, values), name).toBeLessThanOrEqual(1e-4);
  });

  it('names the file, row and place of every id that the model does not have', async () => {
    const ids = write('bad-ids.json', { input_ids: [[1, 2], [], [3, 100000], ['x']] });
    const run = logits(['--model', `${models}/mxfp4-yarn`, '--ids', ids, '--out', runner.path('none')], runner);
    await expect(run).rejects.toThrow(/bad-ids\.json .*row 1 has 0 ids.*input_ids\[2\]\[1\] is 100000.*input_ids\[3\]\[0\] is "x"/);
  });

  it('names the folder that holds no model', async () => {
    const run = logits(['--model', 'e2e/fixtures/data', '--ids', `${models}/mxfp4-yarn/ids.json`, '--out', runner.path('none')], runner);
    await expect(run).rejects.toThrow('e2e/fixtures/data has no file config.json');
  });
});

describe('grads', () => {
  const run = (batch: string, out: string) =>
    grads(['--model', `${models}/f32-truncated-yarn`, '--adapter', `${peft}/patterns/adapter`, '--batch', batch, '--out', out], runner);

  it('writes the loss and the gradients of PEFT by its own keys', async () => {
    const out = runner.path('grads.safetensors');
    await run(`${peft}/patterns/batch.json`, out);
    const [got, want] = [await readTensors(out), await readTensors(`${peft}/patterns/grads.safetensors`)];
    expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
    for (const [name, values] of want) expect(relativeL2(got.get(name)!, values), name).toBeLessThanOrEqual(1e-4);
  });

  it('learns the label that is given, not the token at its place', async () => {
    const loss = async (label: number): Promise<number> => {
      const out = runner.path(`label-${label}.safetensors`);
      await run(write(`label-${label}.json`, { input_ids: [[5, 6, 7]], labels: [[-100, -100, label]] }), out);
      return (await readTensors(out)).get('loss')![0]!;
    };
    const out = runner.path('row.safetensors');
    await logits(
      [
        '--model',
        `${models}/f32-truncated-yarn`,
        '--adapter',
        `${peft}/patterns/adapter`,
        '--ids',
        write('row.json', { input_ids: [[5, 6]] }),
        '--out',
        out,
      ],
      runner,
    );
    const { vocab_size } = readJson<{ vocab_size: number }>(`${models}/f32-truncated-yarn/config.json`);
    const row = (await readTensors(out)).get('logits.0')!.slice(-vocab_size);
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    for (const label of [7, 11]) expect(await loss(label)).toBeCloseTo(total - row[label]!, 4);
  });

  it('refuses a batch without labels', async () => {
    const batch = write('unlabelled.json', { input_ids: [[5, 6]], labels: [[5, -100]] });
    await expect(run(batch, runner.path('none'))).rejects.toThrow(/unlabelled\.json has no label but -100/);
  });
});

describe('generate --ids', () => {
  const model = 'e2e/fixtures/dense/qwen3';
  const { greedy } = readJson<{ greedy: { input_ids: number[][]; base: number[][]; adapted: number[][] } }>(`${model}/case.json`);
  const goOn = async (...more: string[]) => {
    const ids = write('prompts.json', { input_ids: greedy.input_ids });
    const out = runner.path('gone-on.json');
    await generate(['--model', model, '--ids', ids, '--max-new-tokens', '12', '--temperature', '0', '--out', out, ...more], runner);
    return readJson<{ ids: number[][]; stop: string[] }>(out);
  };

  it('goes on as transformers does, without a tokenizer, to the length or to an id that ends', async () => {
    const stop = greedy.base.map((ids) => (ids.length < 12 ? 'eos' : 'length'));
    expect(stop).toContain('eos');
    expect(await goOn()).toEqual({ ids: greedy.base, stop });
    expect((await goOn('--adapter', `${model}/adapter`)).ids).toEqual(greedy.adapted);
  });

  it('needs messages or ids, not both', async () => {
    await expect(generate(['--model', model, '--out', runner.path('none')], runner)).rejects.toThrow(/either --messages or --ids/);
  });
});

describe('generate in a mode', () => {
  it('tells which was asked for; the prompt is as the template writes it, with an empty thought where the model is to answer at once', async () => {
    const model = runner.path('qwen3');
    writeQwen3Folder(model);
    const messages = write('sum.json', [{ role: 'user', content: 'Was ist 2 + 2?' }]);
    const ask = async (...more: string[]) => {
      const out = runner.path('mode.json');
      await generate(['--model', model, '--messages', messages, '--max-new-tokens', '4', '--out', out, ...more], runner);
      return readJson<{ mode: string | null; prompt_tokens: number; ids: number[] }>(out);
    };
    const [free, think, no_think] = [await ask(), await ask('--enable-thinking', 'true'), await ask('--enable-thinking', 'false')];
    expect([free.mode, think.mode, no_think.mode]).toEqual([null, 'think', 'no_think']);
    expect(think).toEqual({
      ...free,
      mode: 'think',
      seconds: expect.any(Number),
      tokens_per_second: expect.any(Number),
      settings: expect.anything(),
    });
    expect(no_think.prompt_tokens - think.prompt_tokens).toBe(4); // <think>, two line breaks, </think>, two line breaks
    expect(no_think.ids).not.toEqual(think.ids);
  });
});

describe('generate', () => {
  interface Answer {
    ids: number[];
    text: string;
    thinking: string;
    content: string;
    analysis: string;
    final: string;
    stop: string;
    prompt_tokens: number;
    tokens: number;
    tokens_per_second: number;
  }
  const ask = async (name: string, tokens: number, ...more: string[]): Promise<Answer> => {
    const messages = write('question.json', [{ role: 'user', content: 'What is 12 + 27?' }]);
    const out = runner.path(`${name}.json`);
    const fixed = ['--model', 'public/models/mini', '--messages', messages, '--date', '2026-11-22', '--out', out];
    await generate([...fixed, '--max-new-tokens', String(tokens), ...more], runner);
    return readJson<Answer>(out);
  };

  it('answers with reasoning and an end; a language asked for lengthens the prompt', async () => {
    const answer = await ask('greedy', 100);
    expect(answer.stop).toBe('eos');
    expect(answer.thinking.length).toBeGreaterThan(10);
    expect(answer.content.length).toBeGreaterThan(1);
    expect(answer.text).toContain(answer.thinking);
    expect([answer.analysis, answer.final]).toEqual([answer.thinking, answer.content]);
    expect(answer.tokens).toBe(answer.ids.length);
    expect(answer.tokens_per_second).toBeGreaterThan(0);
    const german = await ask('german', 3, '--reasoning-language', 'German');
    expect(german.prompt_tokens).toBeGreaterThan(answer.prompt_tokens);
    expect(german.stop).toBe('length');
    expect(german.tokens).toBe(3);
  });

  it('draws the same ids for the same seed and others for another', async () => {
    const hot = (seed: string) => ask(`hot-${seed}`, 24, '--temperature', '3', '--seed', seed);
    const first = await hot('7');
    expect((await hot('7')).ids).toEqual(first.ids);
    expect((await hot('8')).ids).not.toEqual(first.ids);
  });
});
