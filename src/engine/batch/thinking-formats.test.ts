/** Both modes in formats that say the mode elsewhere than in the reply, or always think: SmolLM3 in its system turn, Qwen3-Thinking-2507 nowhere. */
import { expect, it } from 'vitest';
import { smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import type { Conversation } from '../../protocol/conversation.ts';
import type { EncodingSettings } from '../../protocol/dataset.ts';
import type { ChatFormat } from '../chat/format.ts';
import { formatOf } from '../chat/index.ts';
import { rowDetail } from './encode.ts';

const smollm3 = formatOf({
  template: { text: '', sha256: '', sha256_of_lines: '916e0598747af7b9f915caf04918d4b8f645d99c9ff2c73a090c997e659e2e72' },
  file: '',
  controls: [],
  tokens: {},
  run: undefined,
});
const thinking2507 = formatOf({
  template: { text: '', sha256: '3802169b2a02b81e6adb7ab4f64f91ff02db753c8c3a64a01c35192d3a61d8d7' },
  file: '',
  controls: [],
  tokens: {},
  run: undefined,
});
const conversation: Conversation = {
  messages: [
    { role: 'system', content: 'reasoning language: German' },
    { role: 'user', content: '2+2?' },
    { role: 'assistant', thinking: 'Vier.', content: '4' },
  ],
};

async function shown(format: ChatFormat, tokenizer: string, thinking: EncodingSettings['thinking']) {
  const settings = {
    template: 'hf',
    date: '2025-08-05',
    max_length: 512,
    assistant_only_loss: true,
    inject_reasoning_language: false,
  } as const;
  const text = { tokenizer: smallTokenizer(tokenizer), format, identity: '' };
  const { segments, problems } = await rowDetail(
    { row: 1, conversation, problems: [] },
    { ...settings, ...(thinking && { thinking }) },
    text,
  );
  const whole = segments.map((segment) => segment.text).join('');
  const trained = segments.flatMap((segment) => (segment.assistant ? [segment.text] : [])).join('');
  return { mode: /Reasoning Mode: (\S+)/.exec(whole)?.[1], trained, kinds: problems.map(({ kind }) => kind) };
}

const reply = (text: string) => `<|im_start|>assistant\n${text}<|im_end|>\n`;

it.each([
  ['template', '/think', reply('4'), ['dropped-thinking']],
  ['think', '/think', reply('<think>\nVier.\n</think>\n\n4'), []],
  ['no_think', '/no_think', reply('<think>\n\n</think>\n4'), []],
] as const)('SmolLM3, %s', async (thinking, mode, trained, kinds) => {
  expect(await shown(smollm3, 'smollm3', thinking)).toEqual({ mode, trained, kinds });
});

it.each([
  ['template', '<think>\nVier.\n</think>\n\n4<|im_end|>\n'],
  ['think', '<think>\nVier.\n</think>\n\n4<|im_end|>\n'],
  ['no_think', '<think>\n\n</think>\n\n4<|im_end|>\n'],
] as const)('Qwen3-Thinking-2507, %s', async (thinking, trained) => {
  expect(await shown(thinking2507, 'qwen3', thinking)).toEqual({ mode: undefined, trained, kinds: [] });
});
