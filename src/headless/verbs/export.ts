/**
 * `export`: an adapter as other tools take it. `--format peft` writes the adapter's own folder again; `merged` the model with the adapter in its weights, as
 * a Hugging Face folder. Needs no GPU. A folder appears under its name only when it is whole.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { exportAdapter, type ImportedAdapter } from '../../engine/files/adapter.ts';
import type { FloatDtype } from '../../engine/files/dtypes.ts';
import { openModelFiles } from '../../engine/models/files.ts';
import { mergeLoss } from '../../engine/models/merge.ts';
import { mergedFolder, type StreamedFile } from '../../engine/models/merged-folder.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes, formatPercent } from '../../lib/format.ts';
import { choiceOf, parseArguments } from '../arguments.ts';
import { modelDirectory, readAdapterFolder } from '../model-folder.ts';
import type { Runner } from '../runner.ts';

const spec = { model: 'required', adapter: 'required', format: 'required', dtype: 'optional', out: 'required' } as const;
const DTYPES: Record<string, FloatDtype> = { bf16: 'BF16', f16: 'F16', f32: 'F32' };

export async function exportVerb(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('export', argv, spec);
  const format = choiceOf('format', args.format, ['peft', 'merged']);
  if (format === 'peft' && args.dtype !== undefined)
    throw new MotherTongueError('SettingsError', '--dtype is for --format merged; adapters are written in f32.');
  const dtype = args.dtype === undefined ? null : DTYPES[choiceOf('dtype', args.dtype, Object.keys(DTYPES))]!;
  const directory = modelDirectory(args.model);
  const files = await openModelFiles(directory);
  const adapter = await readAdapterFolder(args.adapter, files.config);
  if (format === 'peft') return writeFolder(args.out, peftFiles(adapter), runner);
  const folder = mergedFolder(directory, { files, adapter, dtype, configText: files.configText });
  const loss = await mergeLoss(folder.tensors, { signal: runner.signal });
  runner.note(`${folder.files.length} files, ${formatBytes(folder.bytes)}, go to ${args.out}.`);
  if (loss && loss.relativeError > 0.01)
    runner.note(
      `Rounding takes ${formatPercent(loss.relativeError, 1)} of what the adapter changes (${formatPercent(loss.unchangedRatio, 1)} of the weights stay as they were): the merged model may answer otherwise than base and adapter. --dtype f32 keeps all of it.`,
    );
  await writeFolder(args.out, folder.files, runner);
}

function peftFiles({ targets, tensors, settings, base_model }: ImportedAdapter): StreamedFile[] {
  const { configJson, safetensors } = exportAdapter(targets, tensors, settings, base_model ?? '');
  const file = (path: string, bytes: Uint8Array<ArrayBuffer>): StreamedFile => ({
    path,
    bytes: bytes.byteLength,
    content: async function* () {
      yield bytes;
    },
  });
  return [file('adapter_config.json', new TextEncoder().encode(configJson)), file('adapter_model.safetensors', safetensors)];
}

async function writeFolder(path: string, files: readonly StreamedFile[], { signal }: Pick<Runner, 'signal'>): Promise<void> {
  const target = resolve(path);
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new MotherTongueError('FileError', `${path} exists and is not empty; choose another --out, so that nothing is overwritten.`);
  const unfinished = `${target}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  try {
    for (const file of files) {
      const to = join(unfinished, file.path);
      mkdirSync(dirname(to), { recursive: true });
      const handle = await open(to, 'w');
      try {
        for await (const bytes of file.content(signal)) await handle.writeFile(bytes);
      } finally {
        await handle.close();
      }
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}
