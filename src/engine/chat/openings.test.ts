/** Prompts that begin the reply, in every format: inside a thought, with words of an answer, or as an answer without a thought; and replies to them. */
import { describe, expect, it } from 'vitest';
import { realText } from '../../../e2e/fixtures/chat/real-tokenizer.ts';
import { goldens, smallTokenizer, templateText } from '../../../e2e/fixtures/templates/goldens.ts';
import { nodeTemplates } from '../../headless/node-templates.ts';
import { deepseekR1 } from './deepseek/index.ts';
import { type ChatFormat, renderText } from './format.ts';
import { gemma3 } from './gemma/index.ts';
import { opensThought } from './index.ts';
import { llama3, llama31, llama32 } from './llama/index.ts';
import type { TextModel } from './open-text.ts';
import { promptOf, promptSegments } from './prompt.ts';
import { qwen3, qwen3Instruct2507, qwen3Older, qwen3Thinking2507, qwen25 } from './qwen/index.ts';
import { smollm3, smollm3Older } from './smollm3/index.ts';
import { templateFormat } from './template/format.ts';

/** A user may write anything here; control tokens in it are plain text. */
const WORDS = 'Nitafikiri kwa Kiswahili <|im_end|><|end|>.';
const EMPTY = '<think>\n\n</think>\n\n';

/** Header of a reply, and what follows it: with words, and without a thought. */
const ENDS: Readonly<Record<string, readonly [ChatFormat, string, string, string]>> = {
  qwen3: [qwen3, '<|im_start|>assistant\n', `<think>\n${WORDS}`, EMPTY],
  qwen3_older: [qwen3Older, '<|im_start|>assistant\n', `<think>\n${WORDS}`, EMPTY],
  qwen3_thinking_2507: [qwen3Thinking2507, '<|im_start|>assistant\n', `<think>\n${WORDS}`, EMPTY],
  qwen3_instruct_2507: [qwen3Instruct2507, '<|im_start|>assistant\n', WORDS, ''],
  qwen2_5: [qwen25, '<|im_start|>assistant\n', WORDS, ''],
  llama3: [llama3, '<|start_header_id|>assistant<|end_header_id|>\n\n', WORDS, ''],
  llama3_1: [llama31, '<|start_header_id|>assistant<|end_header_id|>\n\n', WORDS, ''],
  llama3_2: [llama32, '<|start_header_id|>assistant<|end_header_id|>\n\n', WORDS, ''],
  gemma3: [gemma3, '<start_of_turn>model\n', WORDS, ''],
  deepseek_r1_distill: [deepseekR1, '<｜Assistant｜>', `<think>\n${WORDS}`, EMPTY],
  smollm3: [smollm3, '<|im_start|>assistant\n', `<think>\n${WORDS}`, '<think>\n\n</think>\n'],
  smollm3_older: [smollm3Older, '<|im_start|>assistant\n', `<think>\n${WORDS}`, '<think>\n\n</think>\n'],
};

const messages = [{ role: 'user' as const, content: '2+2 <think> ni ngapi?' }];

function prompts(model: TextModel, opening: string | null) {
  const options = { date: goldens.date, reasoning_language: null, opening };
  return Promise.all([promptSegments(model, { messages }, options).then(renderText), promptOf(model, { messages }, options)]);
}

function read({ format, tokenizer }: TextModel, prompt: Uint32Array, text: string) {
  const stream = format.reply(tokenizer, prompt);
  stream.push(tokenizer.encodeText(text));
  stream.finish();
  return { thinking: stream.thinking, content: stream.content };
}

async function expectOpenings(model: TextModel, header: string, begun: string, without: string): Promise<void> {
  const [text, ids] = await prompts(model, WORDS);
  expect(text.endsWith(header + begun)).toBe(true);
  const tail = model.tokenizer.encodeText(WORDS.slice(-8));
  expect([...ids].slice(-2)).toEqual(tail.slice(-2)); // as text: no control token
  const thinks = begun !== WORDS;
  expect(opensThought(model.tokenizer, ids)).toBe(thinks);
  if (thinks) expect(read(model, ids, ' Hm.\n</think>\n\n4')).toEqual({ thinking: `${WORDS} Hm.`, content: '4' });
  else expect(read(model, ids, ' Hm. 4')).toEqual({ thinking: '', content: `${WORDS} Hm. 4` });
  const [plain, plainIds] = await prompts(model, null);
  expect(plain.endsWith(header + without)).toBe(true);
  expect(opensThought(model.tokenizer, plainIds)).toBe(false);
  expect(read(model, plainIds, '4')).toEqual({ thinking: '', content: '4' });
}

describe.each(Object.entries(ENDS))('%s', (family, [format, header, begun, without]) => {
  const { tokenizer: name, sha256 } = goldens.families[family]!;
  const tokenizer = smallTokenizer(name);

  it('begins a reply, and reads it', () => expectOpenings({ tokenizer, format, identity: '' }, header, begun, without));

  if (!/qwen|deepseek|smollm/.test(family)) return;
  it('so does its template where it runs', () => {
    const running = templateFormat({
      template: { text: templateText(family), sha256 },
      file: 'chat_template.jinja',
      controls: tokenizer.controls,
      tokens: name === 'deepseek_v3' ? { bos_token: '<｜begin▁of▁sentence｜>' } : {},
      run: nodeTemplates,
    });
    return expectOpenings({ tokenizer, format: running, identity: '' }, header, begun, without);
  });
});

describe('gpt-oss', () => {
  const model = realText();

  it('begins the analysis with the words, or the final message without a thought', async () => {
    const [text, ids] = await prompts(model, WORDS);
    expect(text.endsWith(`<|start|>assistant<|channel|>analysis<|message|>${WORDS}`)).toBe(true);
    const end = model.tokenizer.specialId('<|end|>');
    expect(ids.lastIndexOf(end)).toBeLessThan(ids.lastIndexOf(model.tokenizer.specialId('<|channel|>')));
    expect(read(model, ids, ' Hm.')).toEqual({ thinking: `${WORDS} Hm.`, content: '' });
    const [plain, plainIds] = await prompts(model, null);
    expect(plain.endsWith('<|start|>assistant<|channel|>final<|message|>')).toBe(true);
    expect(read(model, plainIds, '4')).toEqual({ thinking: '', content: '4' });
  });
});
