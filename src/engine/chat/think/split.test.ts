import { expect, it } from 'vitest';
import { splitThink } from './split.ts';

it.each([
  ['', { thinking: '', content: '' }],
  [' Ja. ', { thinking: '', content: 'Ja.' }],
  ['<think>', { thinking: '', content: '' }],
  ['\n<think>\nHm, ', { thinking: 'Hm,', content: '' }],
  ['<think>Hm.</think>\n\nJa.', { thinking: 'Hm.', content: 'Ja.' }],
  ['<think></think>Ja.', { thinking: '', content: 'Ja.' }],
  ['<think>Hm.</think>Ja, </think> steht da.', { thinking: 'Hm.', content: 'Ja, </think> steht da.' }],
  ['Erst <think>Hm.</think>', { thinking: '', content: 'Erst <think>Hm.</think>' }],
])('%j', (text, expected) => {
  expect(splitThink(text)).toEqual({ ...expected, rest: '' });
});
