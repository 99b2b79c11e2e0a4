/**
 * The only file that imports onnxruntime-web. It points the runtime at the one WebAssembly build that the page serves from its own origin
 * (the build that also carries the WebGPU backend, as transformers.js asks for), so that nothing is ever fetched from a CDN.
 *
 * It must run before the first session is created: import it before using a model of `@huggingface/transformers`, which takes the
 * same installed copy.
 */

import '../../lib/trusted-types.ts'; // the runtime starts workers by address
import factoryUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import { env } from 'onnxruntime-web/webgpu';

const absolute = (url: string) => new URL(url, import.meta.url).href;

export function configureRuntime(): void {
  env.wasm.wasmPaths = { mjs: absolute(factoryUrl), wasm: absolute(wasmUrl) };
}
