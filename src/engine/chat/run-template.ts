/**
 * Runs a chat template, in a thread that can be ended: a template is a foreign program and may never stop. What a rendering is asked for, its limits,
 * and its answer; the language itself is in python-jinja.ts.
 */
import { type Program, programOf, runProgram } from './python-jinja.ts';

export interface TemplateRequest {
  readonly source: string;
  /** YYYY-MM-DD, which `strftime_now` prints. */
  readonly date: string;
  /** One rendering each. */
  readonly variables: readonly Readonly<Record<string, unknown>>[];
}

/** A text, or why there is none. */
export type Rendering = { readonly text: string } | { readonly refused: string };

/** Renders in a thread of its own; rejects where that took too long. */
export type TemplateRunner = (request: TemplateRequest) => Promise<readonly Rendering[]>;

/** Beyond this the thread is ended. */
export const LIMIT_MILLISECONDS = 2000;

/** Characters of a rendering; more would stop the thread that takes it. */
const LONGEST_TEXT = 2 ** 25;

/** The engine's own errors are about stacks and lengths of strings. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof RangeError)) return error.message;
  return /stack/.test(error.message) ? 'its blocks or brackets lie too deep in each other' : 'it writes too long a text';
}

let last: { source: string; program: Program } | null = null;

export function runTemplate({ source, date, variables }: TemplateRequest): Rendering[] {
  return variables.map((given) => {
    try {
      if (last?.source !== source) last = { source, program: programOf(source) };
      const text = runProgram(last.program, given, date);
      return text.length > LONGEST_TEXT
        ? { refused: `it writes ${(text.length / 1e6).toFixed(0)} million characters for one conversation` }
        : { text };
    } catch (error) {
      return { refused: reasonOf(error) };
    }
  });
}
