/** SVG text of the core on a page. */

/** A sheet belongs to one document. */
const sheets = new WeakMap<Document, Map<string, CSSStyleSheet>>();

/**
 * Shows a figure in `container`, which is in `root`. Its rules become a style sheet of the root, since a page may forbid
 * styles in its text; names in it are escaped.
 */
export function draw(root: Document | ShadowRoot, container: Element, text: string): void {
  // Before it is parsed, since parsing alone counts as applying them. The rules of the core have no character that XML escapes.
  const bare = text.replace(/<style>([^<]*)<\/style>/g, (_, rules: string) => (adopt(root, rules), ""));
  const picture = new DOMParser().parseFromString(bare, "image/svg+xml");
  container.replaceChildren(document.importNode(picture.documentElement, true));
}

/** Gives a root some rules, once. */
export function adopt(root: Document | ShadowRoot, rules: string): void {
  const document = root instanceof Document ? root : root.ownerDocument;
  const known = sheets.get(document) ?? new Map<string, CSSStyleSheet>();
  sheets.set(document, known);
  let sheet = known.get(rules);
  if (sheet === undefined) {
    sheet = new (document.defaultView ?? window).CSSStyleSheet();
    sheet.replaceSync(rules);
    known.set(rules, sheet);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}
