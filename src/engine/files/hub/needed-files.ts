/**
 * Which files of a repository loading needs, in the order of fetching: small ones first, then the weights as the index names them. Skipped is
 * everything else: other formats (`original/`, `metal/`), pickles, which can run code, and cards. Nothing here reads the network: the index's text
 * is brought by the caller.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { HubFile, Listing } from './listing.ts';

const TEXTS = ['config.json', 'generation_config.json', 'tokenizer_config.json', 'chat_template.jinja', 'tokenizer.json'];
const NEEDED = ['config.json', 'tokenizer.json'];
const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** `readText` gives a small file of the listing; it is asked for the index alone, and only where there is no single file. */
export async function neededFiles(
  repository: string,
  { files }: Listing,
  readText: (file: HubFile) => Promise<string>,
): Promise<HubFile[]> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const missing = NEEDED.filter((path) => !byPath.has(path));
  if (missing.length > 0)
    throw new MotherTongueError('ModelError', `${repository} has no ${missing.join(' and no ')}; choose another repository.`);
  const texts = TEXTS.flatMap((path) => byPath.get(path) ?? []);
  const single = byPath.get(SINGLE);
  if (single) return [...texts, single];
  const index = byPath.get(INDEX);
  if (!index) {
    const pickled = files.some(({ path }) => /\.(bin|pt|pth)$/.test(path))
      ? ', only pickles, which are not read because they can run code'
      : '';
    throw new MotherTongueError(
      'ModelError',
      `${repository} has no ${SINGLE} and no ${INDEX}${pickled}; choose a repository with safetensors.`,
    );
  }
  const shards = [...new Set(shardNames(repository, await readText(index)))];
  const lost = shards.filter((path) => !byPath.has(path));
  if (lost.length > 0)
    throw new MotherTongueError('ModelError', `${INDEX} of ${repository} names ${lost.join(', ')}, which the repository lacks.`);
  return [...texts, index, ...shards.map((path) => byPath.get(path)!)];
}

function shardNames(repository: string, text: string): string[] {
  let map: unknown;
  try {
    map = (JSON.parse(text) as { weight_map?: unknown } | null)?.weight_map;
  } catch {
    map = undefined;
  }
  const names = typeof map === 'object' && map !== null ? Object.values(map) : [];
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && name.endsWith('.safetensors') && !name.includes('..'))) {
    throw new MotherTongueError(
      'ModelError',
      `${INDEX} of ${repository} has no weight_map from tensors to safetensors files; choose another revision.`,
    );
  }
  return names as string[];
}
