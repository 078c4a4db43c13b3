import { VAULT_WORKER, type VaultHeaders, type VaultPlan, type VaultRule } from './vault-headers.ts'

/** Part of a `server` block of nginx. */
export function nginxFile({ rules, rest }: VaultPlan): string {
  return `# Token Guardian: the vault. Include this in the vault's server block, next to listen, server_name, TLS and root.
# The block must have no add_header of its own: the two lists would both be sent.

# A location with add_header inherits none, so each repeats the whole list. This one is for everything else: scripts,
# the error page, what is missing, and requests that nginx refuses before it looks for a location.
${headerLines(rest, '')}

# What is missing gets the vault's page, with the headers above.
error_page 404 /404.html;

# Only the guardian's script may become a service worker of this origin.
set $foreign_worker $http_service_worker;
if ($uri = "${VAULT_WORKER}") {
  set $foreign_worker "";
}
if ($foreign_worker) {
  return 403;
}

# Files only: no directories and no redirects to them.
location / {
  try_files $uri =404;
}
${rules.map(location).join('')}`
}

function location({ kind, paths, headers, why }: VaultRule): string {
  const isPage = kind !== 'worker'
  const inFolder = paths.some((path) => path.endsWith('/'))
  const files = [
    '$uri',
    ...(isPage ? ['$uri.html'] : []),
    ...(inFolder ? ['${uri}index.html'] : []),
  ]
  const isFlow = kind === 'login' || kind === 'callback' || kind === 'logout'
  return `
# ${why}
location ~ "^(?:${paths.map((path) => path.replaceAll('.', '\\.')).join('|')})$" {
  try_files ${files.join(' ')} =404;
${isFlow ? '  # No query in the log: it may hold a code.\n  access_log off;\n' : ''}${
    kind === 'callback'
      ? '  # A form_post that came to no worker gets the page that waits for it and posts again.\n  error_page 405 =200 $uri;\n  error_page 404 /404.html;\n'
      : ''
  }${headerLines(headers, '  ')}
}
`
}

function headerLines(headers: VaultHeaders, indent: string): string {
  return Object.entries(headers)
    .map(([name, value]) => `${indent}add_header ${name} "${value}" always;`)
    .join('\n')
}
