/**
 * What is asked of every reader of foreign input: it accepts or refuses within a second. A refusal is an error of the project's own with a sentence;
 * what it accepts holds what the parser's own check says. Anything else is a bug, and fast-check shrinks the input.
 */
import fc from 'fast-check';
import { MotherTongueError } from '../../src/lib/errors.ts';

export interface Parser {
  name: string;
  /** Recorded, so that a failure can be had again. */
  seed: number;
  run(inputs: number, seed?: number): Promise<FuzzResult>;
}

export interface FuzzResult {
  parser: string;
  inputs: number;
  accepted: number;
  refused: number;
  slowest_ms: number;
}

/** What a reader did; it throws for what it must not have accepted. */
export type Reading = 'accepted' | 'refused';

const LONGEST_MS = 1000;

export function parser<Input>(
  name: string,
  seed: number,
  inputs: fc.Arbitrary<Input>,
  read: (input: Input) => Promise<Reading> | Reading,
): Parser {
  return {
    name,
    seed,
    run: async (numRuns, other = seed) => {
      const counts = { accepted: 0, refused: 0 };
      let slowest_ms = 0;
      const property = fc.asyncProperty(inputs, async (input) => {
        const { reading, ms } = await timed(() => judged(read, input));
        counts[reading]++;
        slowest_ms = Math.max(slowest_ms, ms);
      });
      await fc.assert(property, { seed: other, numRuns, unbiased: true, interruptAfterTimeLimit: 3_600_000 });
      return { parser: name, inputs: counts.accepted + counts.refused, ...counts, slowest_ms: Math.round(slowest_ms * 10) / 10 };
    },
  };
}

/** A call beside a busy machine's other work may wait: what is slow is slow again. */
async function timed(call: () => Promise<Reading>): Promise<{ reading: Reading; ms: number }> {
  let ms = Number.POSITIVE_INFINITY;
  let reading: Reading = 'refused';
  for (let round = 0; round < 4 && ms > LONGEST_MS / 4; round++) {
    const started = performance.now();
    reading = await call();
    ms = Math.min(ms, performance.now() - started);
  }
  if (ms > LONGEST_MS) throw new Error(`It took ${Math.round(ms)} ms.`);
  return { reading, ms };
}

async function judged<Input>(read: (input: Input) => Promise<Reading> | Reading, input: Input): Promise<Reading> {
  try {
    return await read(input);
  } catch (error) {
    if (!(error instanceof MotherTongueError)) throw error;
    checkSentence(error.message);
    return 'refused';
  }
}

/** A sentence for a person: it ends as one, and holds nothing of the machine's. */
export function checkSentence(text: string): void {
  check(/[.?!…)]$/.test(text), `no end of a sentence: ${text.slice(0, 300)}`);
  check(!/\b(?:undefined|is not a function|Cannot read|\[object )/.test(text), `of the machine: ${text.slice(0, 300)}`);
}

export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Whether every number inside is finite. */
export function allFinite(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (typeof next === 'number' && !Number.isFinite(next)) return false;
    if (next !== null && typeof next === 'object' && !ArrayBuffer.isView(next)) for (const inner of Object.values(next)) open.push(inner);
  }
  return true;
}
