/**
 * `npm run map`: prints the map of the tree, a line a file: the first sentence of the file's own head comment. A test holds every file to have one.
 * `npm run map -- engine/train` prints only that folder.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LONGEST = 170;
const src = join(dirname(fileURLToPath(import.meta.url)), '../src');
const [only = ''] = process.argv.slice(2);

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|\.d\.ts$/.test(name) && name.startsWith(only))
  .sort();
for (const folder of [...new Set(files.map(folderOf))].sort()) {
  console.log(`\nsrc/${folder}`);
  for (const name of files.filter((file) => folderOf(file) === folder)) console.log(`  ${name.split('/').at(-1)}: ${headOf(name)}`);
}

function folderOf(name) {
  return name.split('/').slice(0, -1).join('/');
}

/** The first sentence of the head comment, as one line. */
function headOf(name) {
  const comment = /^\s*\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(src, name), 'utf8'))?.[1] ?? 'no head comment';
  const plain = comment
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = /^(.*?[.?!])(?= [A-Z`]|$)/.exec(plain)?.[1] ?? plain;
  return sentence.length <= LONGEST ? sentence : `${sentence.slice(0, sentence.lastIndexOf(' ', LONGEST))} ...`;
}
