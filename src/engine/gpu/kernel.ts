/**
 * A kernel: whole WGSL files put one after another (a weight decoder, then the body that calls it), never text with holes, and one entry point.
 * What it binds, its parameters and overrides are read from the text when they are first needed (gpu/wgsl.ts), so that naming a kernel costs nothing.
 */
import { type Declarations, readDeclarations, type ShaderFile } from './wgsl.ts';

export interface Kernel extends Pick<Declarations, 'bindings' | 'params' | 'overrides'> {
  /** `<op>.<direction>` with its variants: the name in profiles, cases and errors. */
  readonly name: string;
  readonly files: readonly ShaderFile[];
  readonly source: string;
  readonly entry: string;
  /** Invocations of a workgroup along x, y and z: numbers, or the names of the overrides that set them. */
  readonly workgroup: readonly (number | string)[];
}

export function makeKernel(name: string, files: readonly ShaderFile[], entry = 'main'): Kernel {
  let known: Declarations | undefined;
  const declared = (): Declarations => (known ??= readDeclarations(files));
  return {
    name,
    files,
    entry,
    get source() {
      return files.map(({ text }) => text).join('\n');
    },
    get bindings() {
      return declared().bindings;
    },
    get params() {
      return declared().params;
    },
    get overrides() {
      return declared().overrides;
    },
    get workgroup() {
      const size = declared().entries[entry];
      if (!size) throw new Error(`${files.at(-1)!.path}: there is no entry point ${entry}.`);
      return size;
    },
  };
}

/** The file and line of a line of the source, counted from 1, as compilers count them. */
export function placeOf({ files }: Kernel, line: number): string {
  let left = line;
  for (const { path, text } of files) {
    const lines = text.split('\n').length;
    if (left <= lines) return `${path}:${left}`;
    left -= lines;
  }
  return `line ${line}`;
}
