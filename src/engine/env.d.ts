/** What the bundler puts into the worker. */
interface ImportMeta {
  readonly env: { readonly BASE_URL: string; readonly DEV: boolean };
  /** The text of every file that the pattern matches, by its path; the bundler reads the call itself, so arguments are literals. */
  glob(
    pattern: string,
    options: { readonly eager: true; readonly query: '?raw'; readonly import: 'default' },
  ): Readonly<Record<string, string>>;
}

/** The address of a file that is served as it is. */
declare module '*?url' {
  const address: string;
  export default address;
}

declare module '*?raw' {
  const text: string;
  export default text;
}
