/** WGSL files are imported as text; the bundler's `?raw` suffix does it in the browser, in tests and in the headless build. */
declare module '*.wgsl?raw' {
  const source: string;
  export default source;
}
