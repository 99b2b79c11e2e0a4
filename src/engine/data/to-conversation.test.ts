import { describe, expect, it } from 'vitest';
import type { ColumnMapping } from '../../protocol/dataset.ts';
import { readDataset } from './dataset.ts';
import { mappedLayout, recogniseLayout } from './schema.ts';
import { toConversation } from './to-conversation.ts';

/** One row of an in-memory dataset, read with the layout its own columns give. */
function convert(value: Record<string, unknown>) {
  const layout = recogniseLayout(Object.keys(value), value);
  const { conversation, problems } = toConversation({ row: 5, value }, layout);
  return {
    schema: layout.schema,
    conversation,
    kinds: problems.map((problem) => `${problem.kind}${problem.trains ? '' : ' (out)'}`),
    problems,
  };
}

const simple = {
  messages: [
    { role: 'user', content: 'Q?' },
    { role: 'assistant', content: 'A.', thinking: 'Hm.' },
  ],
};

describe('schemas', () => {
  it.each([
    ['multilingual-thinking', { reasoning_language: null, developer: null, user: 'Q?', analysis: 'Hm.', final: 'A.', messages: null }],
    ['multilingual-thinking', { user: 'Q?', analysis: 'Hm.', final: 'A.' }],
    ['multilingual-thinking', { reasoning_language: '', messages: simple.messages }],
    ['messages', simple],
    [
      'messages',
      {
        conversations: [
          { from: 'human', value: 'Q?' },
          { from: 'gpt', value: 'A.', reasoning: 'Hm.' },
        ],
      },
    ],
    [
      'messages',
      {
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'Q?' }] },
          { role: 'assistant', content: 'A.', reasoning_content: 'Hm.', thinking: null },
        ],
      },
    ],
    ['messages', { messages: JSON.stringify(simple.messages) }],
    [
      'messages',
      {
        messages: [
          { role: 'User', content: 'Q?' },
          { role: 'assistant', content: '<think>\nHm.\n</think>\n\nA.' },
        ],
      },
    ],
    [
      'prompt-completion',
      { prompt: [{ role: 'user', content: 'Q?' }], completion: [{ role: 'assistant', content: 'A.', thinking: 'Hm.' }] },
    ],
    ['prompt-completion', { prompt: 'Q?', completion: '<think>Hm.</think>A.' }],
    ['question-answer', { Question: 'Q?', Complex_CoT: 'Hm.', Response: 'A.' }],
    ['question-answer', { problem: 'Q?', reasoning: 'Hm.', solution: 'A.', id: 7 }],
  ])('%s: %j', (schema, value) => {
    expect(convert(value)).toMatchObject({ schema, conversation: simple, kinds: [] });
  });

  it('alpaca puts the input under the instruction', () => {
    const { conversation } = convert({ instruction: 'Add.', input: '2 and 2', output: '4', reasoning: 'Two and two.' });
    expect(conversation!.messages[0]!.content).toBe('Add.\n\n2 and 2');
  });

  it('numbers are texts', () => {
    expect(convert({ question: 'Q?', reasoning: 'Hm.', answer: 18 }).conversation!.messages[1]!.content).toBe('18');
  });

  it('unknown columns are left to the user', () => {
    expect(convert({ a: 'Q?', b: 'A.' })).toMatchObject({ schema: 'unknown', conversation: null, kinds: [] });
    expect(convert({ messages: ['Q?', 'A.'] }).schema).toBe('unknown');
  });
});

describe('the language of a row', () => {
  it('is its column, else what its own instructions say', () => {
    expect(convert({ reasoning_language: ' German ', user: 'Q?', analysis: 'Hm.', final: 'A.' }).conversation!.reasoning_language).toBe(
      'German',
    );
    const stated = { messages: [{ role: 'system', content: 'reasoning language: French\n\nBe kind.' }, ...simple.messages] };
    expect(convert(stated).conversation!.reasoning_language).toBe('French');
    expect(convert({ reasoning_language: null, user: 'Q?', analysis: 'Hm.', final: 'A.' }).conversation).not.toHaveProperty(
      'reasoning_language',
    );
  });
});

describe('the language of an answer', () => {
  const row = { reasoning_language: 'German', user: 'Q?', analysis: 'Hm.', final: 'A.' };
  const of = (value: Record<string, unknown>) => convert(value).conversation?.answer_language;

  it('is its column, else what its own instructions say', () => {
    expect([of({ ...row, answer_language: 'fr' }), of({ ...row, Answer_Language: ' French ' })]).toEqual(['French', 'French']);
    expect(of({ messages: [{ role: 'system', content: 'reasoning language: Thai\nanswer language: fr' }, ...simple.messages] })).toBe(
      'French',
    );
    expect([of(row), of({ ...row, answer_language: null }), of({ ...row, answer_language: 'none' })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is taken as written where it names no known language, and that is said', () => {
    const made = convert({ ...row, answer_language: 'Sindarin' });
    expect(made.conversation).toMatchObject({ reasoning_language: 'German', answer_language: 'Sindarin' });
    expect(made.problems.map(({ message }) => message)).toEqual([
      'Row 5 has "Sindarin" in the column "answer_language", which names no known language; it is taken as written.',
    ]);
  });

  it('is a column by hand, or the one of that name', () => {
    const value = { a: 'Q?', b: 'A.', c: 'de', answer_language: 'fr' };
    const mapped = (mapping: ColumnMapping) =>
      toConversation({ row: 1, value }, mappedLayout(mapping, Object.keys(value))).conversation?.answer_language;
    expect([mapped({ user: 'a', content: 'b' }), mapped({ user: 'a', content: 'b', answer_language: 'c' })]).toEqual(['French', 'German']);
  });
});

describe('tools', () => {
  const call = { type: 'function', function: { name: 'look', arguments: '{"a": 1}' } };
  const tools = [
    {
      type: 'function',
      function: { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: { a: { type: 'number', enum: null } } } },
    },
  ];

  it('come with their calls and results, nulls of other tools stripped', () => {
    const value = {
      messages: [
        { role: 'user', content: 'Q?' },
        { role: 'assistant', content: null, tool_calls: [call], thinking: 'Look.' },
        { role: 'tool', content: { found: 1 } },
        simple.messages[1],
      ],
      tools,
    };
    expect(convert(value)).toMatchObject({
      kinds: ['dropped-thinking'],
      conversation: {
        tools: [{ type: 'function', function: { name: 'look', parameters: { properties: { a: { type: 'number' } } } } }],
        messages: [
          simple.messages[0],
          { role: 'assistant', thinking: 'Look.', tool_calls: [{ name: 'look', arguments: { a: 1 } }] },
          { role: 'tool', content: '{"found":1}' },
          simple.messages[1],
        ],
      },
    });
    expect(convert(value).conversation!.tools![0]!.function.parameters).toEqual({ type: 'object', properties: { a: { type: 'number' } } });
  });

  it('ShareGPT’s function_call turns are calls', () => {
    const turns = [
      { from: 'human', value: 'Q?' },
      { from: 'function_call', value: '{"name": "look", "arguments": {"a": 1}}' },
      { from: 'observation', value: '2' },
      { from: 'gpt', value: 'A.' },
    ];
    expect(convert({ conversations: turns }).conversation!.messages[1]).toEqual({
      role: 'assistant',
      tool_calls: [{ name: 'look', arguments: { a: 1 } }],
    });
  });

  it('only the first call of a turn is used, and that is said', () => {
    const turns = [
      { role: 'user', content: 'Q?' },
      { role: 'assistant', tool_calls: [call, call], thinking: 'x' },
    ];
    expect(convert({ messages: turns }).kinds).toEqual(['malformed']);
  });
});

describe('every kind of problem is one sentence that names the row', () => {
  it.each([
    ['an empty list', { messages: [] }, ['missing-field (out)']],
    ['an unknown role', { messages: [{ role: 'narrator', content: 'x' }, ...simple.messages] }, ['wrong-role (out)']],
    [
      'no role',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: null, content: 'x' },
        ],
      },
      ['wrong-role (out)'],
    ],
    ['a late system message', { messages: [simple.messages[0], { role: 'system', content: 'x' }, simple.messages[1]] }, ['wrong-role']],
    ['a question at the end', { messages: [...simple.messages, { role: 'user', content: 'x' }] }, ['wrong-role', 'dropped-thinking']],
    ['no question', { messages: [simple.messages[1]] }, ['missing-field (out)']],
    ['no answer', { messages: [simple.messages[0]] }, ['missing-field (out)']],
    ['an empty question', { messages: [{ role: 'user', content: '  ' }, simple.messages[1]] }, ['empty-turn (out)']],
    ['an empty answer', { messages: [simple.messages[0], { role: 'assistant', content: null, thinking: 'x' }] }, ['empty-turn (out)']],
    ['an image', { messages: [{ role: 'user', content: [{ type: 'image' }] }, simple.messages[1]] }, ['malformed (out)']],
    ['a message that is none', { messages: [{ role: 'user', content: 'x' }, 'x'] }, ['malformed (out)']],
    ['no reasoning', { messages: [simple.messages[0], { role: 'assistant', content: 'A.', thinking: ' ' }] }, ['no-thinking']],
    ['a control token', { messages: [{ role: 'user', content: '<|end|>' }, simple.messages[1]] }, ['special-token-text']],
    ['an empty cell', { question: null, reasoning: 'Hm.', answer: 'A.' }, ['missing-field (out)']],
  ])('%s', (_, value, kinds) => {
    const converted = convert(value);
    const { problems } =
      converted.schema === 'unknown' ? toConversation({ row: 5, value }, { schema: 'messages', messages: 'messages' }) : converted;
    expect(problems.map((problem) => `${problem.kind}${problem.trains ? '' : ' (out)'}`)).toEqual(kinds);
    for (const { message, trains } of problems)
      expect(message).toMatch(trains ? /^Row 5 [^.]*\.$/ : /^Row 5 .*; it will not be trained\.$/);
  });

  it('a row that is out counts in no language', async () => {
    const rows = [
      { reasoning_language: 'German', user: 'Q?', analysis: 'Hm.', final: 'A.' },
      { reasoning_language: 'German', user: 'Q?', analysis: 'Hm.', final: '' },
    ];
    const dataset = await readDataset(new Blob([JSON.stringify(rows)]), 'x.json');
    expect(dataset.summary()).toMatchObject({ rows: 2, languages: { German: 1 } });
  });
});
