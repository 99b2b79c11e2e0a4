/** The Python of an answer: its last code block that says python, else the last that says no other language. */

/** A fence of three or more signs, what it says, and the lines up to its like, or to the end of a text that was cut off. */
const BLOCK = /^([ \t]*)(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n`]*\n([\s\S]*?)(?:^[ \t]*\2[`~]*[ \t]*$|(?![\s\S]))/gm;
const PYTHON = new Set(['python', 'py', 'python3', 'py3']);

export function codeBlockOf(answer: string): string | null {
  const blocks = [...answer.replaceAll(/\r\n?/g, '\n').matchAll(BLOCK)].map(([, indent = '', , says = '', code = '']) => ({
    says: says.toLowerCase().replace(/^\{?\.?|\}$/g, ''),
    code: dedent(code, indent),
  }));
  const found = blocks.findLast(({ says }) => PYTHON.has(says)) ?? blocks.findLast(({ says }) => says === '');
  return found ? found.code.replace(/^\ufeff/, '') : null;
}

/** A block inside a list stands as far in as its fence. */
function dedent(code: string, indent: string): string {
  if (indent === '') return code;
  return code
    .split('\n')
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
    .join('\n');
}
