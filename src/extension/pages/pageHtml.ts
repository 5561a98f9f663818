/** Addresses that the page loads from, as the webview gives them. */
export interface PageSources {
  /** What Webview.cspSource says. */
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
  /** Not to be guessed, new for every page. */
  readonly nonce: string;
}

/**
 * A page: our script and style alone, nothing inline, nothing from elsewhere. The controls' library looks for the
 * nonce of the one style that it inserts in the element csp-nonce.
 */
export function pageHtml({ cspSource, script, style, nonce }: PageSources): string {
  const policy = [
    "default-src 'none'",
    `img-src ${cspSource} blob: data:`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta property="csp-nonce" content="${nonce}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>ReSeFa</title>
  <link rel="stylesheet" href="${style}">
</head>
<body data-state="loading">
  <div id="app"></div>
  <script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
