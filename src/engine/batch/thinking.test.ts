/** Two modes: rows with their reasoning, without, or a share of each drawn by seed; and reasoning where the template has no place for it. */
import { describe, expect, it } from 'vitest';
import { smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import type { Conversation } from '../../protocol/conversation.ts';
import type { EncodingSettings, ThinkMode } from '../../protocol/dataset.ts';
import type { ChatFormat } from '../chat/format.ts';
import { formatOf } from '../chat/index.ts';
import { encodeRow, rowDetail } from './encode.ts';
import { EncodedDataset } from './encoded-dataset.ts';
import { PieceBuilder } from './encoded-piece.ts';
import { modeOf } from './thinking.ts';

const settings: EncodingSettings = {
  template: 'hf',
  date: '2025-08-05',
  max_length: 512,
  assistant_only_loss: true,
  inject_reasoning_language: false,
};
const reasoned: Conversation = {
  messages: [
    { role: 'user', content: '2+2?' },
    { role: 'assistant', thinking: 'Zwei plus zwei\nist vier.', content: '4' },
  ],
};
const bare: Conversation = { messages: [reasoned.messages[0]!, { role: 'assistant', content: '4' }] };

/** The format of the template with this hash. */
function known(sha256: string): ChatFormat {
  return formatOf({ template: { text: '', sha256 }, file: '', controls: [], tokens: {}, run: undefined });
}
const qwen3 = known('a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8');
const qwen25 = known('55b2f4a26ac9ee719330a61a0c39d9e538b0e9322212f048326318cff4f8674a');

async function shown(format: ChatFormat, conversation: Conversation, more: Partial<EncodingSettings>) {
  const text = { tokenizer: smallTokenizer('qwen3'), format, identity: '' };
  const { segments, mode, problems } = await rowDetail({ row: 1, conversation, problems: [] }, { ...settings, ...more }, text);
  const answer = segments.map((segment) => segment.text).join('');
  return { answer: answer.slice(answer.indexOf('<|im_start|>assistant\n')), mode, kinds: problems.map(({ kind }) => kind) };
}

describe('a row', () => {
  const thought = '<think>\nZwei plus zwei\nist vier.\n</think>\n\n4<|im_end|>\n';
  const empty = '<think>\n\n</think>\n\n4<|im_end|>\n';
  it.each([
    ['Qwen3, by the template', qwen3, reasoned, {}, thought, undefined],
    ['Qwen3, think', qwen3, reasoned, { thinking: 'think' }, thought, 'think'],
    ['Qwen3, no_think', qwen3, reasoned, { thinking: 'no_think' }, empty, 'no_think'],
    ['Qwen3, no_think with TRL’s template', qwen3, reasoned, { thinking: 'no_think', template: 'trl' }, empty, 'no_think'],
    ['Qwen3 without reasoning, think', qwen3, bare, { thinking: 'think' }, empty, 'no_think'],
    ['Qwen2.5, think', qwen25, reasoned, { thinking: 'think' }, thought, 'think'],
    ['Qwen2.5, no_think', qwen25, reasoned, { thinking: 'no_think' }, '4<|im_end|>\n', 'no_think'],
  ] as const)('%s', async (_, format, conversation, more, answer, mode) => {
    expect(await shown(format, conversation, more)).toEqual({ answer: `<|im_start|>assistant\n${answer}`, mode, kinds: [] });
  });

  it('whose reasoning the template has no place for says so', async () => {
    expect(await shown(qwen25, reasoned, {})).toEqual({
      answer: '<|im_start|>assistant\n4<|im_end|>\n',
      mode: undefined,
      kinds: ['dropped-thinking'],
    });
  });
});

describe('a share of each', () => {
  const drawn = (think_ratio: number, think_seed = 42): string =>
    Array.from({ length: 400 }, (_, row) => modeOf(row, reasoned, { template: 'hf', thinking: 'mixed', think_ratio, think_seed }))
      .map((mode) => (mode === 'think' ? '1' : '0'))
      .join('');

  it('is about the ratio, the same for the same seed, and another for another', () => {
    const half = drawn(0.5);
    expect(half.split('1').length - 1).toBeGreaterThan(160);
    expect(half.split('1').length - 1).toBeLessThan(240);
    expect(drawn(0.5)).toBe(half);
    expect(drawn(0.5, 7)).not.toBe(half);
    expect(drawn(0)).not.toContain('1');
    expect(drawn(1)).not.toContain('0');
  });
});

it('a row that is rendered as it stands trains the mode that it has, on a model with the switch alone', async () => {
  const trained = async (format: ChatFormat, conversation: Conversation, more: Partial<EncodingSettings> = {}) => {
    const text = { tokenizer: smallTokenizer('qwen3'), format, identity: '' };
    return (await encodeRow(1, conversation, { ...settings, template: 'trl', ...more }, text)).encoded!.mode;
  };
  expect(await trained(qwen3, reasoned)).toBe('think');
  expect(await trained(qwen3, bare)).toBe('no_think');
  expect(await trained(qwen3, reasoned, { thinking: 'no_think' })).toBe('no_think');
  expect(await trained(qwen25, reasoned)).toBeUndefined();
  expect(await trained(qwen25, reasoned, { thinking: 'think' })).toBe('think');
});

describe('rows of each mode', () => {
  /** Rows of three tokens, of which the last trains; the fourth is too long for its label to stay. */
  function encoded(modes: readonly (ThinkMode | null)[], total = modes.length): EncodedDataset {
    const builder = new PieceBuilder(0, 64);
    for (const [i, mode] of modes.entries()) {
      const length = i === 3 ? 9 : 3;
      const assistant = Uint8Array.from({ length }, (_, t) => (t === length - 1 ? 1 : 0));
      const tokens = { ids: new Uint32Array(length), assistant, complete: true, length, notes: 0, mode };
      builder.add(i + 1, i % 2 ? 'German' : 'French', tokens);
    }
    return new EncodedDataset([builder.build()], total, 64);
  }
  const labels = { max_length: 8, assistant_only_loss: true };
  const six = ['think', 'no_think', 'think', 'think', 'no_think', 'think'] as const;

  it('are counted among the rows that train, and each row has its own', () => {
    const { rows, statistics } = encoded(six).select(labels);
    expect(statistics.modes).toEqual({ think: 3, no_think: 2 });
    expect(rows.map(({ row, mode }) => [row, mode])).toEqual([
      [1, 'think'],
      [2, 'no_think'],
      [3, 'think'],
      [5, 'no_think'],
      [6, 'think'],
    ]);
    expect(encoded(six).select({ ...labels, languages: ['German'] }).statistics.modes).toEqual({ think: 1, no_think: 1 });
  });

  it('are estimated from a sample, and none where there are no modes', () => {
    expect(encoded(six, 60).select(labels).statistics.modes).toEqual({ think: 30, no_think: 20 });
    expect(encoded([null, null]).select(labels).statistics).not.toHaveProperty('modes');
  });
});
