/** Python's string methods where templates use them and JavaScript's differ: `strip` knows other white space, `split(x)[-1]` needs no list. */

/** Characters for which Python's `str.isspace` is true. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACES_BEFORE = new RegExp(`^[${SPACE}]+`);
const IS_SPACE = new RegExp(`[${SPACE}]`);

export function strip(text: string): string {
  return stripBefore(stripAfter(text));
}

/** `text.lstrip()`. */
export function stripBefore(text: string): string {
  return text.replace(SPACES_BEFORE, '');
}

/** `text.rstrip()`. */
export function stripAfter(text: string): string {
  let end = text.length;
  while (end > 0 && IS_SPACE.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

export function stripLines(text: string): string {
  return stripLinesBefore(stripLinesAfter(text));
}

export function stripLinesBefore(text: string): string {
  return text.replace(/^\n+/, '');
}

export function stripLinesAfter(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\n') end--;
  return text.slice(0, end);
}

/** `text.split(mark)[0]`. */
export function before(text: string, mark: string): string {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

/** `text.split(mark)[-1]`. */
export function after(text: string, mark: string): string {
  const at = text.lastIndexOf(mark);
  return at < 0 ? text : text.slice(at + mark.length);
}
