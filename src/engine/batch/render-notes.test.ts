/** What templates do with rows that nobody expects is said: on the formats that are built in, and on templates that run. */
import { expect, it } from 'vitest';
import { goldens, smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import { nodeTemplates } from '../../headless/node-templates.ts';
import type { Conversation, Message, TemplateName } from '../../protocol/conversation.ts';
import { formatOf } from '../chat/index.ts';
import { rowDetail } from './encode.ts';

const ask: Message = { role: 'user', content: '2+2?' };
const bare: Message = { role: 'assistant', content: '4' };
const reasoned: Message = { ...bare, thinking: 'Zwei und zwei.' };

async function kinds(
  messages: Message[],
  template: { family: string } | { text: string },
  name: TemplateName = 'hf',
  all = false,
): Promise<string[]> {
  const family = 'family' in template ? goldens.families[template.family]! : { tokenizer: 'qwen3', sha256: '' };
  const tokenizer = smallTokenizer(family.tokenizer);
  const text = 'text' in template ? template.text : '';
  const own = {
    template: { text, sha256: family.sha256 },
    file: 'chat_template.jinja',
    controls: tokenizer.controls,
    tokens: {},
    run: nodeTemplates,
  };
  const conversation: Conversation = { messages };
  const settings = { template: name, date: '2025-08-05', max_length: 512, assistant_only_loss: !all, inject_reasoning_language: false };
  const { problems } = await rowDetail({ row: 1, conversation, problems: [] }, settings, {
    tokenizer,
    format: formatOf(own),
    identity: '',
  });
  for (const { message } of problems) expect(message).toMatch(/^Row 1 .+\.$/);
  return problems.map(({ kind }) => kind);
}

it.each<[string, string, Message[], TemplateName, string[]]>([
  ['nothing of a reasoned row', 'qwen3', [ask, reasoned], 'hf', []],
  ['an empty think block that is learned', 'qwen3', [ask, bare], 'hf', ['empty-thought']],
  ['an empty think block of TRL’s template', 'qwen3', [ask, reasoned, ask, bare], 'trl', ['empty-thought']],
  ['earlier reasoning that hf drops', 'qwen3', [ask, reasoned, ask, reasoned], 'hf', ['dropped-thinking']],
  ['nothing of the same under TRL’s', 'qwen3', [ask, reasoned, ask, reasoned], 'trl', []],
  ['an answer that is cut at the tag', 'qwen3', [ask, { role: 'assistant', content: 'Mit </think> endet es.' }], 'hf', ['cut-answer']],
  ['reasoning without a place', 'gemma3', [ask, reasoned], 'hf', ['dropped-thinking']],
  ['reasoning that the distills cut off', 'deepseek_r1_distill', [ask, reasoned], 'hf', ['dropped-thinking']],
  ['nothing of it in their training template', 'deepseek_r1_distill', [ask, reasoned], 'trl', []],
])('says %s', async (_, family, messages, template, expected) => {
  expect(await kinds(messages, { family }, template)).toEqual(expected);
});

it('says what a template’s own marks leave out, where marks choose what trains', async () => {
  const chatml = (reply: string): { text: string } => ({
    text: `{%- for m in messages %}{{- '<|im_start|>' + m.role + '\\n' }}{%- if m.role == 'assistant' %}${reply}{%- else %}{{- m.content + '<|im_end|>\\n' }}{%- endif %}{%- endfor %}`,
  });
  const turn = "{{- m.content + '<|im_end|>\\n' }}";
  const stop = chatml("{%- generation -%}{{- m.content }}{%- endgeneration -%}{{- '<|im_end|>\\n' }}");
  const last = chatml(`{%- if loop.last %}{% generation %}${turn}{% endgeneration %}{%- else %}${turn}{%- endif %}`);
  const rows = [ask, { role: 'assistant', content: 'Vier.' }, ask, { role: 'assistant', content: 'Fünf.' }] satisfies Message[];
  expect(await kinds(rows, stop)).toEqual(['untrained-stop']);
  expect(await kinds(rows, last)).toEqual(['untrained-answer']);
  expect(await kinds(rows, last, 'hf', true)).toEqual([]);
});
