/** What the bundler puts into the worker. */
interface ImportMeta {
  readonly env: { readonly BASE_URL: string };
}
