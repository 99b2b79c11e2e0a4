import { readFileSync } from 'node:fs';
import { Template } from '@huggingface/jinja';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../data/dataset.ts';
import { renderText } from '../format.ts';
import { defaultIdentity } from './identity.ts';
import { render } from './render.ts';

const read = (path: string): string => readFileSync(new URL(`../../../../public/${path}`, import.meta.url), 'utf8');

describe('the bundled model’s own chat_template.jinja', () => {
  it('writes every row of the bundled dataset as our renderer does', async () => {
    const source = read('models/mini/chat_template.jinja');
    const template = new Template(source.replace('strftime_now("%Y-%m-%d")', '"2025-08-05"'));
    const dataset = await readDataset(new Blob([read('datasets/mini/train.jsonl')]), 'train.jsonl');
    expect(dataset.summary().problems).toEqual([]);
    for (const { conversation } of await dataset.read(0, dataset.length)) {
      const theirs = template.render({ messages: conversation!.messages, add_generation_prompt: false });
      const ours = render(conversation!, { template: 'hf', date: '2025-08-05', model_identity: defaultIdentity(source) });
      expect(renderText(ours)).toBe(theirs);
    }
  });
});
