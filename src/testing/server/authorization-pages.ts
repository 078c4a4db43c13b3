/** The pages that the authorization server shows. They load nothing and allow nothing from elsewhere. */

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:22rem;margin:15vh auto;padding:0 1rem;color:#1c2733}
label{display:block;margin:.75rem 0}input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.5rem}
button{font:inherit;padding:.5rem 1rem;margin:.5rem .5rem 0 0}code{overflow-wrap:anywhere}`

/** Headers of every page here. No `form-action`: Chromium applies it to the redirect back to the app too. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'strict-origin-when-cross-origin',
  'x-content-type-options': 'nosniff',
} as const

/** @param loginHint - fills in the user name, from the request's `login_hint`. */
export function loginPage(action: string, loginHint: string): string {
  return page(
    'Sign in',
    `<form method="post" action="${escapeHtml(action)}">
<label>Username <input name="username" autocomplete="username" value="${escapeHtml(loginHint)}" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button name="do" value="sign-in">Sign in</button><button name="do" value="cancel" formnovalidate>Cancel</button>
</form>
<p>This server is for development: any user name and any password will do.</p>`,
  )
}

/** Asks a user who is known whether the app may have what it asks for. */
export function consentPage(action: string, user: string, scope: string): string {
  return page(
    'Allow access?',
    `<p>The app wants access to <code>${escapeHtml(scope)}</code> of ${escapeHtml(user)}.</p>
<form method="post" action="${escapeHtml(action)}">
<button name="do" value="allow">Allow</button><button name="do" value="cancel">Deny</button>
</form>`,
  )
}

/**
 * @param form - oidc-provider's form with the id `op.logoutForm`.
 * @param confirmed - the request had a valid `id_token_hint`, so it goes on without a question.
 */
export function logoutPage(form: string, confirmed: boolean): string {
  const submit = confirmed ? '<script>document.getElementById("go").click()</script>' : ''
  return page(
    'Sign out',
    `${form}<button id="go" form="op.logoutForm" name="logout" value="yes">Sign out</button>${submit}`,
  )
}

export function signedOutPage(): string {
  return page('Signed out', '<p>You are signed out of the authorization server.</p>')
}

export function errorPage(error: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(error).map(
    ([name, value]) => `<p>${escapeHtml(name)}: <code>${escapeHtml(String(value))}</code></p>`,
  )
  return page('The request was refused', rows.join('\n'))
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${style}</style></head>
<body><main><h1>${title}</h1>
${content}
</main></body></html>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
