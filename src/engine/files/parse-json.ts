/** JSON as Python's json module writes it: a bare NaN, Infinity or -Infinity becomes the text of it, which no check takes for a number. */
import { scanJson } from './json-scan.ts';

export function parsePythonJson(text: string): unknown {
  const { numbers, tooDeep } = scanJson(text);
  if (tooDeep) throw new SyntaxError('lists or objects lie too deep in each other');
  try {
    return JSON.parse(text);
  } catch (error) {
    const words = numbers.filter(({ start, end }) => /^-?[NI]/.test(text.slice(start, end)));
    if (words.length === 0) throw error;
    let out = '';
    let from = 0;
    for (const { start, end } of words) {
      out += `${text.slice(from, start)}"${text.slice(start, end)}"`;
      from = end;
    }
    return JSON.parse(out + text.slice(from));
  }
}
