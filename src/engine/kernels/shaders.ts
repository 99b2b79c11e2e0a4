/** The WGSL files as text, by their path below `shaders/`, and kernels made of them. */
import { type Kernel, makeKernel } from '../gpu/kernel.ts';
import type { ShaderFile } from '../gpu/wgsl.ts';

const ROOT = '../../../shaders/';
const texts = import.meta.glob('../../../shaders/**/*.wgsl', { eager: true, query: '?raw', import: 'default' });

export const shaders: ReadonlyMap<string, ShaderFile> = new Map(
  Object.entries(texts).map(([path, text]) => [path.slice(ROOT.length, -'.wgsl'.length), { path: path.slice('../../../'.length), text }]),
);

/** `linear/linear.forward` is shaders/linear/linear.forward.wgsl. */
export function shader(path: string): ShaderFile {
  const file = shaders.get(path);
  if (!file) throw new Error(`There is no shaders/${path}.wgsl.`);
  return file;
}

/** Pieces and the body behind them, which names the kernel. */
export function kernel(...paths: readonly string[]): Kernel {
  return kernelOf(paths);
}

export function kernelOf(paths: readonly string[], variant = ''): Kernel {
  const body = paths.at(-1)!;
  return makeKernel(body.slice(body.lastIndexOf('/') + 1) + variant, paths.map(shader));
}
