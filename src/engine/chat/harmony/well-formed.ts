/**
 * Is a reply well-formed Harmony? The parser (parser.ts) is lenient; this says what it had to forgive: any number of messages in the analysis and
 * commentary channels, then exactly one in final, each with its header and its end, and the stop token last.
 */
import { SPELLINGS } from './stream.ts';

const HEADER = /^<\|channel\|>(analysis|commentary|final)(?: to=\S+)?(?: ?<\|constrain\|>\w+)?<\|message\|>/;
const START = '<|start|>assistant';

/** `text`: what follows `<|start|>assistant`, control tokens spelled out. A clause that completes "The reply ...", or null. */
export function harmonyProblem(text: string): string | null {
  let rest = text.startsWith(START) ? text.slice(START.length) : text;
  let thought = false;
  for (let message = 0; ; message++) {
    const header = HEADER.exec(rest);
    if (!header) return `has no header of a channel before message ${message + 1}`;
    const channel = header[1]!;
    const body = bodyOf(rest.slice(header[0].length));
    if (body.end === '') return `does not end its ${channel} message`;
    if (/^\s*$/.test(body.text)) return `has an empty ${channel} message`;
    if (channel === 'final') return finalProblem(body, thought);
    if (body.end !== '<|end|>')
      return body.end === '<|call|>' ? 'ends in a tool call, without a final message' : `ends its ${channel} message with ${body.end}`;
    thought ||= channel === 'analysis';
    if (!body.after.startsWith(START)) return body.after === '' ? 'has no final message' : `has text between its messages`;
    rest = body.after.slice(START.length);
  }
}

/** What of the reply stands in its prompt, as a thought whose first words were given; '' where the prompt ends where the reply begins. */
export function harmonyBeginning(prompt: string): string {
  const at = prompt.lastIndexOf(START);
  return at < 0 ? '' : prompt.slice(at + START.length);
}

interface Body {
  readonly text: string;
  /** The control token that the text ends at; '' where it ends at none. */
  readonly end: string;
  readonly after: string;
}

function bodyOf(text: string): Body {
  const found = SPELLINGS.map((token) => ({ token, at: text.indexOf(token) })).filter(({ at }) => at >= 0);
  const first = found.sort((a, b) => a.at - b.at)[0];
  if (!first) return { text, end: '', after: '' };
  return { text: text.slice(0, first.at), end: first.token, after: text.slice(first.at + first.token.length) };
}

function finalProblem({ end, after }: Body, thought: boolean): string | null {
  if (!thought) return 'has no thought before its final message';
  if (end !== '<|return|>') return `ends with ${end} instead of <|return|>`;
  return after === '' ? null : 'goes on after its final message';
}
