/**
 * The fuzzers at 2,000 inputs a parser. `npm run check:fuzz` runs the same at 20,000 (scripts/check-fuzz.mjs), which sets MT_FUZZ_INPUTS; MT_FUZZ_SEED
 * draws other inputs than the recorded ones.
 */
import { appendFileSync } from 'node:fs';
import { beforeAll, expect, it, vi } from 'vitest';
import { dataParsers } from './data-parsers.ts';
import { fileParsers } from './file-parsers.ts';
import { modelParsers } from './model-parsers.ts';
import { questionParsers } from './question-parsers.ts';
import { textParsers } from './text-parsers.ts';

const inputs = Number(process.env.MT_FUZZ_INPUTS ?? 2000);
const seed = process.env.MT_FUZZ_SEED === undefined ? undefined : Number(process.env.MT_FUZZ_SEED);

// The tokenizer library names each pattern that it leaves out.
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined));

it.each(
  [...dataParsers, ...fileParsers, ...modelParsers, ...questionParsers, ...textParsers].map((parser) => [parser.name, parser] as const),
)('%s', { timeout: 3_600_000 }, async (_, parser) => {
  const result = await parser.run(inputs, seed);
  if (process.env.MT_FUZZ_RESULTS) appendFileSync(process.env.MT_FUZZ_RESULTS, `${JSON.stringify(result)}\n`);
  expect(result.inputs).toBeGreaterThanOrEqual(inputs);
  expect(result.accepted, 'a fuzzer that is never let in tests little').toBeGreaterThan(inputs / 50);
});
