/** The part of a model that is about text: tokenizer, chat format, and how the model introduces itself. The same for page and headless; needs no GPU. */
import { createSHA256 } from 'hash-wasm';
import { MotherTongueError } from '../../lib/errors.ts';
import { parsePythonJson } from '../files/parse-json.ts';
import type { Directory } from '../files/source.ts';
import { Tokenizer } from '../tokens/tokenizer.ts';
import { controlsOf } from '../tokens/tokenizer-json.ts';
import type { ChatFormat } from './format.ts';
import { formatOf, formatWithoutTemplate } from './index.ts';
import type { TemplateRunner } from './run-template.ts';

export interface TextModel {
  readonly tokenizer: Tokenizer;
  readonly format: ChatFormat;
  /** How the model's own chat template introduces it. */
  readonly identity: string;
}

/** `runTemplates`: where a template that is none of the built-in formats runs. `vocabulary`: of a config.json that was read before. */
export async function openText(directory: Directory, runTemplates?: TemplateRunner, vocabulary?: number): Promise<TextModel> {
  const tokenizer = await readOptional(directory, 'tokenizer.json');
  if (tokenizer === undefined)
    throw new MotherTongueError('ModelError', `${directory.name} has no tokenizer.json; add the file from the model's repository.`);
  const config = await readOptional(directory, 'tokenizer_config.json');
  const vocab_size = vocabulary ?? vocabularyOf(await readOptional(directory, 'config.json', parsePythonJson));
  const generation = await readOptional(directory, 'generation_config.json');
  const file = directory.list().includes('chat_template.jinja') ? 'chat_template.jinja' : 'tokenizer_config.json';
  const chatTemplate = file === 'chat_template.jinja' ? await directory.readText(file) : templateIn(config);
  await othersFirst();
  const controls = controlsOf(tokenizer);
  await othersFirst();
  const format =
    chatTemplate === undefined
      ? formatWithoutTemplate(controls)
      : formatOf({
          template: { text: chatTemplate, sha256: await sha256(chatTemplate), sha256_of_lines: await sha256(linesOf(chatTemplate)) },
          file,
          controls,
          tokens: tokensIn(config),
          run: runTemplates,
        });
  return {
    tokenizer: new Tokenizer({ tokenizer, config, generation, vocab_size, stop_tokens: format.stop_tokens }),
    format,
    identity: format.identity(chatTemplate),
  };
}

/** Reading, checking and building a large vocabulary take half a second each: questions of the page are answered in between. */
function othersFirst(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Of a config.json, which models/config.ts checks. */
function vocabularyOf(config: unknown): number | undefined {
  const size = isObject(config)
    ? (config.vocab_size ?? (isObject(config.text_config) ? config.text_config.vocab_size : undefined))
    : undefined;
  return typeof size === 'number' ? size : undefined;
}

/** `chat_template` of tokenizer_config.json: a text, or a list of `{name, template}` of which `default` counts. */
function templateIn(config: unknown): string | undefined {
  const found = isObject(config) ? config.chat_template : undefined;
  const list: unknown[] = Array.isArray(found) ? found : [{ name: 'default', template: found }];
  const entry = list.find((one) => isObject(one) && one.name === 'default');
  return isObject(entry) && typeof entry.template === 'string' ? entry.template : undefined;
}

/** `bos_token` and the like, which are variables of every template. */
function tokensIn(config: unknown): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [name, value] of Object.entries(isObject(config) ? config : {})) {
    const text = isObject(value) ? value.content : value;
    if (/^(bos|eos|unk|sep|pad|cls|mask)_token$/.test(name) && typeof text === 'string') tokens[name] = text;
  }
  return tokens;
}

/** Without comments, empty lines, and all white space but one blank between words. */
function linesOf(template: string): string {
  let text = '';
  for (let at = 0; at < template.length; ) {
    const open = template.indexOf('{#', at);
    const close = open < 0 ? -1 : template.indexOf('#}', open);
    text += template.slice(at, close < 0 ? template.length : open);
    at = close < 0 ? template.length : close + 2;
  }
  const lines = text.split('\n').map((line) => line.replaceAll(/[ \t]+/g, ' ').trim());
  return lines.filter((line) => line !== '').join('\n');
}

async function sha256(template: string): Promise<string> {
  return (await createSHA256()).init().update(template.replaceAll('\r\n', '\n').trimEnd()).digest('hex');
}

async function readOptional(directory: Directory, path: string, parse: (text: string) => unknown = JSON.parse): Promise<unknown> {
  if (!directory.list().includes(path)) return undefined;
  const text = await directory.readText(path);
  try {
    return parse(text);
  } catch {
    throw new MotherTongueError('FileError', `${path} of ${directory.name} is not valid JSON; download it again.`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
