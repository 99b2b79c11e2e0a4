/**
 * From a model's folder to a typed config. One family per file; this one reads config.json, sees which family it is, and says clearly when it
 * is none of ours.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { throwProblems } from '../../lib/problems.ts';
import type { Directory } from '../files/source.ts';
import { ConfigFields } from './config-fields.ts';
import { type GptOssConfig, parseGptOssConfig } from './gpt-oss-config.ts';

export type ModelConfig = GptOssConfig;

/** Ids that end a generation come from generation_config.json where there is one, as in transformers. */
export async function readModelConfig(directory: Directory): Promise<ModelConfig> {
  const config = parseModelConfig(await directory.readText('config.json'), directory.name);
  if (!directory.list().includes('generation_config.json')) return config;
  const fields = new ConfigFields(
    parseObject(await directory.readText('generation_config.json'), 'generation_config.json', directory.name),
  );
  const eos = fields.tokenIds('eos_token_id');
  const pad = fields.tokenIds('pad_token_id')[0];
  throwProblems('ModelError', `generation_config.json of ${directory.name} cannot be used`, fields.problems, 'Correct or remove it.');
  return { ...config, eos_token_ids: eos.length > 0 ? eos : config.eos_token_ids, pad_token_id: pad ?? config.pad_token_id };
}

/** `name` is the model's, for messages. */
export function parseModelConfig(text: string, name: string): ModelConfig {
  const json = parseObject(text, 'config.json', name);
  const family = json.model_type;
  if (family !== 'gpt_oss') {
    const what = typeof family === 'string' ? `a ${family} model` : 'a model without a model_type';
    throw new MotherTongueError(
      'ModelError',
      `${name} is ${what}; Mother Tongue runs models of the gpt_oss architecture (model_type "gpt_oss").`,
    );
  }
  return parseGptOssConfig(json, name);
}

function parseObject(text: string, file: string, name: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new MotherTongueError('ModelError', `${file} of ${name} is not valid JSON; download it again.`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new MotherTongueError('ModelError', `${file} of ${name} is not an object; download it again.`);
  }
  return json as Record<string, unknown>;
}
