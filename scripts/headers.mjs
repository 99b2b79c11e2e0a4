/**
 * The headers of the page: isolation, which WebAssembly threads need, and the content security policy. The build writes the policy into the
 * page's own meta tag too (vite.config.ts), for hosts that send no headers; only `frame-ancestors` needs a header.
 */

/** Also used by the development server. Fetches from the Hub are CORS requests, which require-corp allows. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Nothing is allowed but what is listed, and no text becomes HTML, script or a script's address without the policy in src/lib/trusted-types.ts.
 * - WebAssembly: onnxruntime-web, hash-wasm and the Parquet codecs are compiled from our own files.
 * - Connections: a user may type the address of any Hub, mirror or dataset; plain http only on this machine.
 * - Styles: Mantine writes style elements for responsive props. A static page has no fresh nonce, and their text is not known at build time.
 *   Style attributes in markup stay forbidden; React and uPlot set properties through the DOM, which no policy concerns.
 */
const directives = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self' https: http://localhost:* http://127.0.0.1:*",
  'img-src': "'self' data:",
  'style-src': "'self' 'unsafe-inline'",
  'style-src-attr': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'default',
};

/** What a meta tag can carry. */
export const contentPolicy = Object.entries(directives)
  .map((directive) => directive.join(' '))
  .join('; ');

/** On every answer, because a worker takes its policy from the answer that carried its script. */
export const securityHeaders = {
  ...isolationHeaders,
  'Content-Security-Policy': `${contentPolicy}; frame-ancestors 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/**
 * Of the workers that run programs of others, Python and a user's own reward: they connect to nothing at all, start no worker, and make no code from text.
 * What they need is handed to them. A host that sends no headers leaves them what they take away themselves (src/engine/rewards).
 */
const sandboxPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'none'",
  "worker-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SANDBOX_WORKERS = /\/(?:python|own-reward)-worker-[\w-]+\.js$/;

/** By the path that is asked for. */
export function headersOf(path) {
  return SANDBOX_WORKERS.test(path) ? { ...securityHeaders, 'Content-Security-Policy': sandboxPolicy } : securityHeaders;
}
