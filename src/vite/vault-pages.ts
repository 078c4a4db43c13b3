interface VaultPage {
  readonly title: string
  /** Path of its one script. */
  readonly script?: string
  /** All that it ever shows, under its title; the bridge shows nothing. */
  readonly text?: string
}

/** A page of the vault: no inline script, no style, nothing of anybody else. */
export function vaultPage({ title, script, text }: VaultPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${script === undefined ? '' : `<script src="${script}" defer></script>\n`}</head>
<body>${text === undefined ? '' : `<main><h1>${title}</h1><p>${text}</p></main>`}</body>
</html>
`
}
