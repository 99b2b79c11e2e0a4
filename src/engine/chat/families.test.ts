/** The formats of dense families against transformers' own renderings: text, ids and TRL's masks; and the same templates as they run here. */
import { describe, expect, it } from 'vitest';
import {
  conversationOf,
  type FamilyCase,
  goldens,
  type Rendered,
  smallTokenizer,
  templateText,
} from '../../../e2e/fixtures/templates/goldens.ts';
import { nodeTemplates } from '../../headless/node-templates.ts';
import type { Message, Segment, TemplateName } from '../../protocol/conversation.ts';
import { deepseekR1 } from './deepseek/index.ts';
import { type ChatFormat, render, renderText } from './format.ts';
import { gemma3 } from './gemma/index.ts';
import { llama3, llama31, llama32 } from './llama/index.ts';
import { qwen3, qwen3Instruct2507, qwen3Older, qwen3Thinking2507, qwen25 } from './qwen/index.ts';
import { smollm3, smollm3Older } from './smollm3/index.ts';
import { templateFormat } from './template/format.ts';

const formats: Record<string, ChatFormat> = {
  qwen3,
  qwen3_older: qwen3Older,
  qwen3_instruct_2507: qwen3Instruct2507,
  qwen2_5: qwen25,
  llama3,
  llama3_1: llama31,
  llama3_2: llama32,
  gemma3,
  deepseek_r1_distill: deepseekR1,
  qwen3_thinking_2507: qwen3Thinking2507,
  smollm3,
  smollm3_older: smollm3Older,
};

function renderCase(format: ChatFormat, one: FamilyCase, template: TemplateName): Promise<Segment[]> {
  const { add_generation_prompt: generation_prompt = false, enable_thinking } = one;
  const options = { template, date: goldens.date, generation_prompt, ...(enable_thinking !== undefined && { enable_thinking }) };
  return render(format, conversationOf(one), options);
}

function runsOf(mask: Uint8Array): [number, number][] {
  const runs: [number, number][] = [];
  for (const [i, mark] of mask.entries()) {
    if (!mark) continue;
    if (runs.at(-1)?.[1] === i) runs.at(-1)![1] = i + 1;
    else runs.push([i, i + 1]);
  }
  return runs;
}

async function expectSame(format: ChatFormat, tokenizer: string, one: FamilyCase, template: TemplateName, golden: Rendered): Promise<void> {
  const segments = await renderCase(format, one, template);
  expect(renderText(segments)).toBe(golden.text);
  const { ids, assistant } = smallTokenizer(tokenizer).encodeSegments(segments);
  expect([...ids]).toEqual(golden.ids);
  if (golden.assistant) expect(runsOf(assistant)).toEqual(golden.assistant);
}

/** Reasoning that the tags' own template drops, and ours keeps in the training rendering; a call without the key `content`, which Python refuses. */
const OURS = new Set(['deepseek_r1_distill/call without content/hf', 'deepseek_r1_distill/call without content/trl']);

for (const [family, { tokenizer, sha256, cases }] of Object.entries(goldens.families)) {
  const format = formats[family]!;
  describe(family, () => {
    it('is known by its template', () => {
      if (family.startsWith('smollm3')) return; // by its words: see open-text.test.ts
      expect(format.writes({ text: '', sha256 })).toBe(true);
      expect(format.writes({ text: '', sha256: sha256.replace(/^./, 'x') })).toBe(false);
    });

    for (const template of ['hf', 'trl'] as const) {
      if (cases[0]![template] === undefined) continue;
      it.each(cases.filter(({ name }) => !OURS.has(`${family}/${name}/${template}`)))(`${template}: $name`, async (one) => {
        const golden = one[template]!;
        const keepsMore = family === 'deepseek_r1_distill' && template === 'trl' && one.messages.some((m) => m.reasoning_content);
        if ('refused' in golden) await expect(renderCase(format, one, template)).rejects.toThrow(/^Message \d+ .*\.$/);
        else if (!keepsMore) await expectSame(format, tokenizer, one, template, golden);
      });
    }

    const calls = cases.filter(
      ({ name, messages }) => /^call/.test(name) && messages.some(({ role }) => role === 'tool') && family !== 'gemma3',
    );
    it.each(calls.filter(({ name }) => !(family === 'deepseek_r1_distill' && name === 'call without content')))(
      'prefix-preserving: $name, up to its call, begins what follows it',
      async (one) => {
        const at = one.messages.findIndex(({ role }) => role === 'tool');
        const without = { ...one, messages: one.messages.slice(0, at), add_generation_prompt: false };
        const withResult = { ...one, messages: one.messages.slice(0, at + 1), add_generation_prompt: true };
        const [short, long] = [
          await renderCase(format, without, 'prefix-preserving'),
          await renderCase(format, withResult, 'prefix-preserving'),
        ];
        expect(renderText(long).startsWith(renderText(short))).toBe(true);
      },
    );

    it('has a training rendering exactly where TRL has one', () => {
      expect(format.templates.includes('trl')).toBe(cases[0]!.trl !== undefined);
    });
  });
}

describe.each([
  'qwen3',
  'qwen3_older',
  'qwen3_instruct_2507',
  'qwen2_5',
  'deepseek_r1_distill',
  'qwen3_thinking_2507',
  'smollm3',
  'smollm3_older',
])('%s as a template that runs', (family) => {
  const { tokenizer, cases, sha256 } = goldens.families[family]!;
  const running = templateFormat({
    template: { text: templateText(family), sha256 },
    file: 'chat_template.jinja',
    controls: smallTokenizer(tokenizer).controls,
    tokens: tokenizer === 'deepseek_v3' ? { bos_token: '<｜begin▁of▁sentence｜>' } : {},
    run: nodeTemplates,
  });

  it.each(cases)('$name', async (one) => {
    if ('refused' in one.hf) return; // the library is more lenient with what is undefined
    await expectSame(running, tokenizer, one, 'hf', { text: one.hf.text, ids: one.hf.ids });
  });
});

/** Red before: a crash of ours, and no word of an empty list. transformers 5.18 writes the same. */
describe('a tool’s result that is no text', () => {
  const messages = [
    { role: 'user', content: '1' },
    { role: 'tool', content: { r: [1, null, true, "it's"] } },
  ] as unknown as Message[];
  const last = (segments: Segment[]): string => segments.filter(({ channel }) => channel === 'tool' || channel === 'user').at(-1)!.text;
  it.each([
    ['llama3', `{'r': [1, None, True, "it's"]}`],
    ['llama3_1', `{"r": [1, null, true, "it's"]}`],
    ['smollm3', '1'], // and an empty turn
  ])('%s', async (family, text) => {
    expect(last(await render(formats[family]!, { messages }, { template: 'hf', date: goldens.date }))).toBe(text);
  });

  it('deepseek refuses it', async () => {
    await expect(render(deepseekR1, { messages }, { template: 'hf', date: goldens.date })).rejects.toThrow(
      /^Message 2 \(tool\) has a result/,
    );
  });
});

it('an empty list of tools is one to Llama 3.1', async () => {
  const messages: Message[] = [{ role: 'user', content: 'a' }];
  const text = renderText(await render(llama31, { messages, tools: [] }, { template: 'hf', date: goldens.date }));
  expect(text).toContain('Environment: ipython\n');
  expect(text).toContain('Given the following functions');
});
