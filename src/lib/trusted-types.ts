/**
 * The one Trusted Types policy of the page and its engine (scripts/headers.mjs names it): what may still become HTML or a script's address
 * where a library or the bundler passes a plain string. Imported first by the page and by the worker that starts workers; each thread has its own.
 *
 * HTML: text without a tag, which is all that Mantine's style sheets are. Addresses: files of our own origin, for workers. Code: none.
 */

interface PolicyFactory {
  createPolicy(
    name: string,
    rules: { createHTML: (text: string) => string | null; createScriptURL: (address: string) => string | null },
  ): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };

trustedTypes?.createPolicy('default', {
  createHTML: (text) => (text.includes('<') ? null : text),
  // A blob's address has our origin too; it is not a file of ours.
  createScriptURL: (address) => (new URL(address, location.href).href.startsWith(`${location.origin}/`) ? address : null),
});
