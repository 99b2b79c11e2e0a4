/** The thread's side of a user's own reward: the first message brings QuickJS, every later one is a completion. */
import type { QuickJSWASMModule } from 'quickjs-emscripten-core';
import { judgeOwn, type OwnQuestion, openQuickJs } from './sandbox.ts';

export function ownThread(post: (message: unknown) => void): (event: { readonly data: unknown }) => Promise<void> {
  let quickJs: QuickJSWASMModule | null = null;
  return async ({ data }) => {
    if (quickJs) return post(judgeOwn(quickJs, data as OwnQuestion));
    quickJs = await openQuickJs(data as WebAssembly.Module);
    post(null);
  };
}
