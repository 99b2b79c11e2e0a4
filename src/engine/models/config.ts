/** From a model's folder to a typed config: config.json by the table of families, and the ids of generation_config.json. */
import { MotherTongueError } from '../../lib/errors.ts';
import { throwProblems } from '../../lib/problems.ts';
import { parsePythonJson } from '../files/parse-json.ts';
import type { Directory } from '../files/source.ts';
import { ConfigFields } from './config-fields.ts';
import type { BaseConfig } from './family.ts';
import { parseConfig } from './index.ts';
import { ropeProblems } from './rope.ts';

export async function readModelConfig(directory: Directory): Promise<BaseConfig> {
  const config = parseModelConfig(await directory.readText('config.json'), directory.name);
  return withGenerationConfig(config, directory);
}

/** Ids that end a generation come from generation_config.json where there is one, as in transformers. */
export async function withGenerationConfig(config: BaseConfig, directory: Directory): Promise<BaseConfig> {
  if (!directory.list().includes('generation_config.json')) return config;
  const json = parseObject(await directory.readText('generation_config.json'), 'generation_config.json', directory.name);
  const fields = new ConfigFields(json);
  // null is an answer: nothing ends a generation.
  const eos = Object.hasOwn(json, 'eos_token_id') ? fields.tokenIds('eos_token_id') : config.eos_token_ids;
  const pad = fields.tokenIds('pad_token_id')[0];
  throwProblems('ModelError', `generation_config.json of ${directory.name} cannot be used`, fields.problems, 'Correct or remove it.');
  return { ...config, eos_token_ids: eos, pad_token_id: withWeights(pad ?? config.pad_token_id, config) };
}

/** Padding is never looked at, but its embedding is read: some models name an id that they have no row for. */
function withWeights(pad: number | null, { vocab_size }: BaseConfig): number | null {
  return pad !== null && pad < vocab_size ? pad : null;
}

/** The text of a config.json; `name` is the model's, for messages. */
export function parseModelConfig(text: string, name: string): BaseConfig {
  const config = parseConfig(parseObject(text, 'config.json', name), name);
  throwProblems('ModelError', `config.json of ${name} cannot be used`, ropeProblems(config), 'Correct its rotary settings.');
  return { ...config, pad_token_id: withWeights(config.pad_token_id, config) };
}

function parseObject(text: string, file: string, name: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = parsePythonJson(text);
  } catch {
    throw new MotherTongueError('ModelError', `${file} of ${name} is not valid JSON; download it again.`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new MotherTongueError('ModelError', `${file} of ${name} is not an object; download it again.`);
  }
  return json as Record<string, unknown>;
}
