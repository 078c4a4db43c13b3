import {
  pageFile,
  VAULT_WORKER,
  type VaultHeaders,
  type VaultPlan,
  type VaultRule,
} from './vault-headers.ts'

/** `.htaccess` for Apache 2.4 with mod_headers, mod_rewrite and mod_setenvif. */
export function apacheFile({ rules, rest }: VaultPlan): string {
  const names = [...new Set([rest, ...rules.map(({ headers }) => headers)].flatMap(Object.keys))]
  const pages = rules
    .filter(({ kind }) => kind !== 'worker')
    .flatMap(({ paths }) => paths)
    .filter((path) => !path.endsWith('/') && pageFile(path) !== path)
  const flow = pathsOf(rules, 'login', 'callback', 'logout')
  return `# Token Guardian: the vault, in the folder that is the DocumentRoot. Needs AllowOverride All.
# Requests that Apache refuses before it looks here (400, 414, 431) carry no headers: set the strict ones in the
# VirtualHost too if you can.

# What is missing gets the vault's page; no listings, no redirects to directories, no guessed names.
ErrorDocument 404 /404.html
Options -Indexes -MultiViews
DirectorySlash Off
DirectoryIndex index.html

RewriteEngine On

# Only the guardian's script may become a service worker of this origin.
RewriteCond %{HTTP:Service-Worker} . [NV]
RewriteCond %{REQUEST_URI} !=${VAULT_WORKER}
RewriteRule ^ - [F]

# Apache serves files for POST too. That is right for a callback only: a form_post that came to no worker gets the page
# that waits for it and posts again.
RewriteCond %{REQUEST_METHOD} !^(?:GET|HEAD)$
RewriteCond %{REQUEST_METHOD}%{REQUEST_URI} !^POST${oneOf(pathsOf(rules, 'callback'))}$
RewriteRule ^ - [R=405,L]

# Directories are missing, not forbidden.
RewriteCond %{REQUEST_FILENAME} -d
RewriteCond %{REQUEST_FILENAME}/index.html !-f
RewriteRule ^ - [R=404,L]

# Pages under their path without .html.
${pages.map((path) => `RewriteRule ^${pattern(path.slice(1))}$ ${pageFile(path)} [L]`).join('\n')}

# The query of these may hold a code: write CustomLog ... env=!token-guardian-flow in the VirtualHost.
SetEnvIf Request_URI "^${oneOf(flow)}$" token-guardian-flow

# What the server's own configuration said before would be sent beside ours.
${names.map((name) => `Header onsuccess unset ${name}`).join('\n')}

# One of these applies, to errors too ("always").
${rules.map((rule, index) => block(index === 0 ? 'If' : 'ElseIf', rule)).join('\n')}
# Everything else: scripts, the error page, what is missing.
<Else>
${headerLines(rest)}
</Else>
`
}

function block(tag: 'If' | 'ElseIf', { why, paths, headers }: VaultRule): string {
  return `# ${why}
<${tag} "%{REQUEST_URI} in { ${paths.map((path) => `'${path}'`).join(', ')} }">
${headerLines(headers)}
</${tag}>`
}

function headerLines(headers: VaultHeaders): string {
  return Object.entries(headers)
    .map(([name, value]) => `  Header always set ${name} "${value}"`)
    .join('\n')
}

function pathsOf(rules: readonly VaultRule[], ...kinds: readonly VaultRule['kind'][]): string[] {
  return rules.filter(({ kind }) => kinds.includes(kind)).flatMap(({ paths }) => paths)
}

/** Matches none where there are none. */
function oneOf(paths: readonly string[]): string {
  return paths.length === 0 ? '(?!)' : `(?:${paths.map(pattern).join('|')})`
}

function pattern(path: string): string {
  return path.replaceAll('.', '\\.')
}
