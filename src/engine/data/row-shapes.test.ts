/** Rows of any shape: no error, no row that is dropped without a reason, nothing but texts in what is trained. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { recogniseLayout } from './schema.ts';
import { toConversation } from './to-conversation.ts';

it('whatever the fields hold', () => {
  const keys =
    'messages conversations prompt completion question answer instruction input output history label system developer reasoning thinking lang language reasoning_language tools role from content value channel recipient tool_calls function function_call arguments name type text weight user analysis final __proto__'.split(
      ' ',
    );
  const leaf = fc.oneof(
    fc.constantFrom(
      'user',
      'assistant',
      'gpt',
      'human',
      'tool',
      'function_call',
      'analysis',
      'final',
      'commentary',
      'functions.x',
      '<think>a</think>b',
      '</think>',
      '[1',
      '["a"]',
      '[{"role":"user","content":"x"}]',
      '{"a":1}',
      'false',
      'de',
      'text',
      'thinking',
      '',
    ),
    fc.anything({ maxDepth: 1, withBigInt: true }),
    fc.string(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 6 }),
    ),
  }));
  const row = fc.dictionary(fc.constantFrom(...keys), tree, { maxKeys: 8 });
  fc.assert(
    fc.property(row, (value) => {
      const layout = recogniseLayout(Object.keys(value), value);
      const { problems, conversation } = toConversation({ row: 1, value }, layout);
      if (layout.schema !== 'unknown' && !conversation) expect(problems.some((p) => !p.trains)).toBe(true);
      for (const m of conversation?.messages ?? []) {
        expect(typeof (m.content ?? '')).toBe('string');
        expect(typeof (m.thinking ?? '')).toBe('string');
      }
    }),
    { numRuns: 2000 },
  );
}, 30_000);
