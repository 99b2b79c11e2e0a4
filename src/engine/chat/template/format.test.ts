/** Templates that run: marks, masks without marks, control tokens in texts, numbers, refusals, and an end to those that never stop. */
import { describe, expect, it } from 'vitest';
import { smallTokenizer } from '../../../../e2e/fixtures/templates/goldens.ts';
import { nodeTemplates } from '../../../headless/node-templates.ts';
import type { Message, Segment } from '../../../protocol/conversation.ts';
import { type RenderOptions, render, renderText } from '../format.ts';
import { tooSlow } from '../templates-in-worker.ts';
import { templateFormat } from './format.ts';

const options: RenderOptions = { template: 'hf', date: '2025-08-05' };
const messages: Message[] = [
  { role: 'user', content: 'Drei?' },
  { role: 'assistant', content: 'Neun.' },
  { role: 'user', content: 'Und eins?' },
  { role: 'assistant', content: 'Zehn.' },
];

function formatOf(text: string) {
  const controls = smallTokenizer('qwen3').controls;
  return templateFormat({ template: { text, sha256: '' }, file: 'chat_template.jinja', controls, tokens: {}, run: nodeTemplates });
}

function rendered(text: string, given: Message[] = messages, more: Partial<RenderOptions> = {}, tools?: never[]): Promise<Segment[]> {
  return render(formatOf(text), { messages: given, ...(tools && { tools }) }, { ...options, ...more });
}

const trained = (segments: readonly Segment[]): string =>
  segments
    .map(({ text, assistant }) => (assistant ? text : '|'))
    .join('')
    .replaceAll(/\|+/g, '|');

/** Turns of ChatML around `reply`, which writes an assistant's message. */
const chatml = (reply: string, before = ''): string =>
  `${before}{%- for m in messages %}
{{- '<|im_start|>' + m.role + '\\n' }}
{%- if m.role == 'assistant' %}
${reply}
{%- else %}
{{- m.content + '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}`;

const TEXT = `<|im_start|>user\nDrei?<|im_end|>\n<|im_start|>assistant\nNeun.<|im_end|>\n<|im_start|>user\nUnd eins?<|im_end|>\n<|im_start|>assistant\nZehn.<|im_end|>\n`;
const PLAIN = "{{- m.content + '<|im_end|>\\n' }}";

describe('marks', () => {
  it.each([
    ['tags', `{% generation %}${PLAIN}{% endgeneration %}`],
    ['tags that trim', `{%- generation -%}${PLAIN}{%- endgeneration -%}`],
    ['tags on lines of their own', `{%- generation %}\n${PLAIN}\n{%- endgeneration %}`],
    ['no tags: what the template adds to its prompt', PLAIN],
    ['a tag in a comment alone', PLAIN, '{#- {% generation %} comes later -#}'],
    ['a tag in a string alone', PLAIN, '{%- set x = "{% generation %}" %}'],
  ])('%s', async (_, reply, before = '') => {
    const segments = await rendered(chatml(reply, before));
    expect(renderText(segments)).toBe(TEXT);
    expect(trained(segments)).toBe('|Neun.<|im_end|>\n|Zehn.<|im_end|>\n');
  });

  it('are the template’s own, where it has some', async () => {
    const stopOutside = `{%- generation -%}{{- m.content }}{%- endgeneration -%}{{- '<|im_end|>\\n' }}`;
    expect(trained(await rendered(chatml(stopOutside)))).toBe('|Neun.|Zehn.|');
    const last = `{%- if loop.last %}{% generation %}${PLAIN}{% endgeneration %}{%- else %}${PLAIN}{%- endif %}`;
    expect(trained(await rendered(chatml(last)))).toBe('|Zehn.<|im_end|>\n');
  });

  it('offer the training rendering only where they are', async () => {
    expect(formatOf(chatml(PLAIN)).templates).toEqual(['hf', 'prefix-preserving']);
    await expect(rendered(chatml(PLAIN), messages, { template: 'trl' })).rejects.toThrow(
      /^TRL has no training template for this chat template; choose/,
    );
    const marked = await rendered(chatml(`{% generation %}${PLAIN}{% endgeneration %}`), messages, { template: 'trl' });
    expect(renderText(marked)).toBe(TEXT);
  });

  it('leave out a turn that is written otherwise once others follow, and prefix-preserving refuses it', async () => {
    const shout = "{{- (m.content if loop.last else m.content | upper) + '<|im_end|>\\n' }}";
    expect(trained(await rendered(chatml(shout)))).toBe('|Zehn.<|im_end|>\n');
    await expect(rendered(chatml(shout), messages, { template: 'prefix-preserving' })).rejects.toThrow(
      /^Message 2 is written otherwise by chat_template.jinja/,
    );
  });
});

describe('texts of the conversation', () => {
  it('keep control tokens that somebody typed as text', async () => {
    const segments = await rendered(chatml(PLAIN), [{ role: 'user', content: '<|im_end|> <think> x' }]);
    expect(renderText(segments)).toBe('<|im_start|>user\n<|im_end|> <think> x<|im_end|>\n');
    expect(segments.filter(({ special }) => special).map(({ text }) => text)).toEqual(['<|im_start|>', '<|im_end|>']);
  });

  it('keep Python’s numbers, in JSON and outside', async () => {
    const given = { a: 1e-7, b: [1e22, 123456789012345678901n], c: 3 };
    const call: Message = { role: 'assistant', tool_calls: [{ name: 'f', arguments: given }] };
    const segments = await rendered(
      '{% for m in messages %}{{ m.tool_calls[0].function.arguments | tojson }} {{ m.tool_calls[0].function.arguments.a }}{% endfor %}',
      [call],
    );
    expect(renderText(segments)).toBe('{"a": 1e-07, "b": [1e+22, 123456789012345678901], "c": 3} 1e-07');
  });

  it('are stripped of the characters that a template names, and of no other', async () => {
    const segments = await rendered(
      "{% for m in messages %}[{{ m.content.strip('\\n') }}]{{ m.content.rstrip('x\\n ') }}.{{ m.content.strip() }}{% endfor %}",
      [{ role: 'user', content: '\n a x\n' }],
    );
    expect(renderText(segments)).toBe('[ a x]\n a.a x');
  });
});

/** As transformers 5.18 renders the same; the library prints JavaScript's values. */
describe('values print as Python prints them', () => {
  const tool = { name: 'tide', description: 'Hoch "heute" & \'morgen\'\n', strict: true, default: null, scale: 1.5, day: 1 };
  it.each([
    [
      "{{ t | string }}|{{ t }}|{{ '' ~ t }}",
      Array(3)
        .fill(`{'name': 'tide', 'description': 'Hoch "heute" & \\'morgen\\'\\n', 'strict': True, 'default': None, 'scale': 1.5, 'day': 1}`)
        .join('|'),
    ],
    ["{{ [1, 'a', none, true] }}", "[1, 'a', None, True]"],
    ['{{ t.strict }} {{ t.default }} {{ t.absent }}|', 'True None |'],
    ["{{ true ~ 'x' ~ none ~ t.absent }}", 'TruexNone'],
    ["{{ 'it\\'s' }}{{ [\"it's\", 'ä\\u200b'] }}", `it's["it's", 'ä\\u200b']`],
    ['{% for m in messages %}{{ loop.first }}{{ loop.last | string }} {% endfor %}', 'TrueFalse FalseFalse FalseFalse FalseTrue '],
    ['{% macro f(a) %}{{ a }}{% endmacro %}{{ f(false) }}', 'False'],
    ['{{ 7 / 2 }} {{ 4 / 2 }} {{ 7 // 2 }} {{ 1.0 }}', '3.5 2.0 3 1.0'],
    ['{{ t.strict if t.strict }}{{ 1 if false }}|', 'True|'],
    ["{{ '\\ufeff a\\x1c '.strip() }}|{{ ' b\\x85' | trim }}|{{ '\\u2003c'.lstrip() }}|{{ none | trim }}", '\ufeff a|b|c|None'],
    ['{{ n }} {{ [n] }} {{ n | tojson }}', '1e+22 [1e+22] 1e+22'],
  ])('%s', async (template, text) => {
    expect(renderText(await rendered(template, messages, { variables: { t: tool, n: 1e22 } }))).toBe(text);
  });
});

/** As Python has them; JavaScript takes '' for false, and what is absent for none. */
describe('values compare as in Python', () => {
  it.each([
    [
      "{{ '' == false }} {{ '' != false }} {{ 0 == false }} {{ 1 == true }} {{ 1.0 == 1 }} {{ '1' == 1 }}",
      'False True True True True False',
    ],
    ['{{ none == absent }} {{ absent == absent }} {{ none == none }} {{ none != 0 }}', 'False True True True'],
    ["{{ [1, 'a'] == [1, 'a'] }} {{ [1] == [2] }} {{ {'a': 1} == {'a': 1} }} {{ 'a' == 'a' }}", 'True False True True'],
    ["{% if messages[0].role == 'user' and messages[0].content != '' %}x{% endif %}", 'x'],
  ])('%s', async (template, text) => {
    expect(renderText(await rendered(template))).toBe(text);
  });
});

it('line breaks of Windows are line feeds', async () => {
  const windows = chatml(PLAIN).replaceAll('\n', '\r\n');
  expect(renderText(await rendered(windows))).toBe(renderText(await rendered(chatml(PLAIN))));
});

/** Red before: such a text had "[object Map]" in it. */
it('a text is added to a text alone; contents in parts are one text where a template knows no parts', async () => {
  const parts: Message[] = [{ role: 'user', content: 'Drei?', parts: ['Dr', 'ei?'] }];
  expect(renderText(await rendered("{{ 'x' + messages[0].content }}", parts))).toBe('xDrei?');
  expect(renderText(await rendered("{{ messages[0].content[1].text + 'x' }}{{ 1 + 2 }}{{ [1] + [2] }}", parts))).toBe('ei?x3[1, 2]');
  await expect(rendered("{{ 'x' + 1 }}")).rejects.toThrow(/^chat_template\.jinja: a text and a value of type integer cannot be added\.$/);
  await expect(rendered("{{ 'x' + absent }}")).rejects.toThrow(/undefined/);
});

it('knows the day', async () => {
  const segments = await rendered('{{ strftime_now("%d %b %Y, %A %-d. %B, %Y-%m-%d, %j") }}');
  expect(renderText(segments)).toBe('05 Aug 2025, Tuesday 5. August, 2025-08-05, 217');
});

it('hands other keys to the template as they are', async () => {
  const segments = await rendered(
    '{{ date_string }}{% if enable_thinking is defined and enable_thinking is false %} off{% endif %}',
    messages,
    {
      variables: { date_string: '1 May' },
      enable_thinking: false,
    },
  );
  expect(renderText(segments)).toBe('1 May off');
});

describe('refusals are one sentence that names the file', () => {
  it.each([
    ['the template’s own', '{{ raise_exception("Roles must alternate!") }}', /^chat_template\.jinja: Roles must alternate!\.$/],
    ['syntax', '{% for m in %}', /^chat_template\.jinja: .+\.$/],
    [
      'brackets',
      `{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`,
      /^chat_template\.jinja: its blocks or brackets lie too deep in each other\.$/,
    ],
    ['an unknown filter', '{{ messages | sparkle }}', /^chat_template\.jinja: .*sparkle.*\.$/],
    [
      'a list without end',
      '{% for i in range(10000000000) %}x{% endfor %}',
      /^chat_template\.jinja: range\(\) is longer than a million\.$/,
    ],
    [
      'no end',
      '{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}',
      /^chat_template\.jinja: Chat template did not end within 2 s/,
    ],
    [
      'a template as large as a book',
      `{# ${'x'.repeat(2_000_000)} #}${PLAIN}`,
      /^chat_template\.jinja: has 2\.0 million characters, where a chat template may have one; take the file from/,
    ],
    [
      'a text as large as a library',
      "{% set n = namespace(x='x') %}{% for i in range(26) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
      /^chat_template\.jinja: it writes 67 million characters for one conversation\.$/,
    ],
  ])('%s', async (_, text, sentence) => {
    await expect(rendered(text)).rejects.toThrow(sentence);
  });

  /** Red before: a dataset of a thousand rows would have taken 2,000 s. */
  it('a template that was stopped three times in a row is not run again', async () => {
    let runs = 0;
    let slow = true;
    const template = { text: chatml(PLAIN), sha256: '' };
    const run: typeof nodeTemplates = (request) => {
      runs++;
      if (slow) throw tooSlow();
      return nodeTemplates(request);
    };
    const format = templateFormat({ template, file: 'chat_template.jinja', controls: [], tokens: {}, run });
    const once = () => render(format, { messages }, options);
    for (let i = 0; i < 2; i++) await expect(once()).rejects.toThrow(/did not end within 2 s and was stopped/);
    slow = false;
    expect(renderText(await once())).toBe(TEXT);
    slow = true;
    for (let i = 0; i < 3; i++) await expect(once()).rejects.toThrow(/was stopped/);
    const before = runs;
    await expect(once()).rejects.toThrow(
      /^chat_template\.jinja: Chat template did not end within 2 s 3 times in a row and is not run again; check/,
    );
    expect(runs).toBe(before);
  });
});
