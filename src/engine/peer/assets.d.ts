/** Files that the bundler copies as they are; an import with `?url` is the copy's address. */
declare module '*.wasm?url' {
  const address: string;
  export default address;
}
declare module '*.mjs?url' {
  const address: string;
  export default address;
}
