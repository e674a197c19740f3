/** What the bundler makes of files that are no code. */

declare module "*.wasm" {
  const base64: string;
  export default base64;
}

declare module "*.bin" {
  const base64: string;
  export default base64;
}
