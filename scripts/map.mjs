/**
 * `node scripts/map.mjs`: writes the section "Files" of ARCHITECTURE.md anew, a line a file: the first sentence of the file's own head comment.
 * A test holds the section to the files that are there.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LONGEST = 170;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const path = join(root, 'ARCHITECTURE.md');
const text = readFileSync(path, 'utf8');
const [before, rest] = text.split('\n## Files\n');
const [section, ...after] = rest.split('\n## ');
const intro = section.trim().split('\n')[0];
/** In the order that the section had; a new folder comes after the one that its name begins with, else last. */
const known = [...section.matchAll(/^`src(?:\/(.+))?`$/gm)].map((match) => match[1] ?? '');

const files = readdirSync(join(root, 'src'), { recursive: true })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|\.d\.ts$/.test(name));
const folders = [...new Set(files.map(folderOf))];
for (const folder of folders.filter((f) => !known.includes(f)).sort()) {
  const beside = known.findLastIndex((f) => f !== '' && (folder.startsWith(`${f}/`) || dirname(folder) === dirname(f)));
  known.splice(beside < 0 ? known.length : beside + 1, 0, folder);
}

const lines = [...new Set(known)]
  .filter((folder) => folders.includes(folder))
  .map((folder) => {
    const here = files.filter((name) => folderOf(name) === folder).sort();
    return `\`src${folder && `/${folder}`}\`\n\n${here.map((name) => `- \`${name.split('/').at(-1)}\`: ${headOf(name)}`).join('\n')}`;
  });
writeFileSync(path, `${before}\n## Files\n\n${intro}\n\n${lines.join('\n\n')}\n\n## ${after.join('\n## ')}`);

function folderOf(name) {
  return name.split('/').slice(0, -1).join('/');
}

/** The first sentence of the head comment, as one line. */
function headOf(name) {
  const comment = /^\s*\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(root, 'src', name), 'utf8'))?.[1];
  if (!comment) throw new Error(`src/${name} has no head comment; begin it with one sentence on what the file is.`);
  const plain = comment
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = /^(.*?[.?!])(?= [A-Z`]|$)/.exec(plain)?.[1] ?? plain;
  return sentence.length <= LONGEST ? sentence : `${sentence.slice(0, sentence.lastIndexOf(' ', LONGEST))} ...`;
}
