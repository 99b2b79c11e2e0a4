/**
 * `{% generation %}` and `{% endgeneration %}`, by which a template marks what a model wrote. The library that runs templates leaves them out, so they
 * become output: one private-use character each, found again in the rendered text. Comments and strings are passed over, because a search for
 * the word would take `{# {% generation %} #}` for a mark. (Raw blocks are none of the library's statements.)
 */

/** Private-use characters that stand in rendered text for the two tags; text of conversations has none of this plane (see hidden.ts). */
export const OPEN = '\u{FFFF0}';
export const CLOSE = '\u{FFFF1}';

const TAG = /^\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}$/;

export interface MarkedTemplate {
  readonly source: string;
  /** Tags that are real. */
  readonly marks: number;
}

export function withMarks(template: string): MarkedTemplate {
  let source = '';
  let marks = 0;
  for (let at = 0; at < template.length; ) {
    const open = template.indexOf('{', at);
    const end = open < 0 ? template.length : endOf(template, open);
    const tag = open < 0 ? '' : template.slice(open, end);
    const found = TAG.exec(tag);
    source += template.slice(at, open < 0 ? end : open);
    if (found) {
      marks++;
      // Both halves are statements, so that what surrounds them is trimmed as around the tag itself.
      source += `{%${found[1]} set generation_ = 1 %}{{- "${found[2] ? CLOSE : OPEN}" -}}{% set generation_ = 1 ${found[3]}%}`;
    } else source += tag;
    at = end;
  }
  return { source, marks };
}

/** Where the expression, statement or comment that begins at `open` ends; one character on where none begins. */
function endOf(template: string, open: number): number {
  const kind = template[open + 1];
  if (kind === '#') return beyond(template, '#}', open);
  if (kind !== '%' && kind !== '{') return open + 1;
  const close = kind === '%' ? '%}' : '}}';
  let at = open + 2;
  while (at < template.length && !template.startsWith(close, at)) {
    const quote = template[at];
    at++;
    if (quote !== '"' && quote !== "'") continue;
    while (at < template.length && template[at] !== quote) at += template[at] === '\\' ? 2 : 1;
    at++;
  }
  return Math.min(at + 2, template.length);
}

function beyond(template: string, mark: string, from: number): number {
  const at = template.indexOf(mark, from);
  return at < 0 ? template.length : at + mark.length;
}
