import { VAULT_WORKER, type VaultHeaders, type VaultPlan, type VaultRule } from './vault-headers.ts'

/** Part of a site block of Caddy 2. */
export function caddyFile({ rules, rest }: VaultPlan): string {
  const special = rules.flatMap(({ paths }) => paths)
  const flow = pathsOf(rules, 'login', 'callback', 'logout')
  const callbacks = pathsOf(rules, 'callback')
  return `# Token Guardian: the vault. Import this in the vault's site block, next to its root directive.

# A route keeps the order below; outside of one Caddy would sort by its own.
route {
  # Everything else: scripts, the error page, what is missing. No path is in two of these lists.
  @rest not path ${special.join(' ')}
  header @rest {
${headerLines(rest)}
  }
${rules.map(headerBlock).join('')}
  # No query in the log: it may hold a code. The name of this variable is log_skip since Caddy 2.8.
  @flow path ${flow.join(' ')}
  vars @flow {
    skip_log true
    log_skip true
  }

  # Only the guardian's script may become a service worker of this origin.
  @foreignWorker {
    header Service-Worker *
    not path ${VAULT_WORKER}
  }
  error @foreignWorker 403
${callbacks.length === 0 ? '' : callbackBlock(callbacks)}
  @write not method GET HEAD
  error @write 405

  # Files only: no directories and no redirects to them.
  try_files {path} {path}.html
  file_server {
    disable_canonical_uris
  }
}

# What is missing gets the vault's page; the headers above are kept.
handle_errors {
  @missing expression {http.error.status_code} == 404
  rewrite @missing /404.html
  file_server @missing
}
`
}

function headerBlock({ kind, paths, headers, why }: VaultRule): string {
  return `
  # ${why}
  @${kind} path ${paths.join(' ')}
  header @${kind} {
${headerLines(headers)}
  }
`
}

function callbackBlock(callbacks: readonly string[]): string {
  return `
  # A form_post that came to no worker gets the page that waits for it and posts again.
  @formPost {
    method POST
    path ${callbacks.join(' ')}
  }
  method @formPost GET
`
}

function pathsOf(rules: readonly VaultRule[], ...kinds: readonly VaultRule['kind'][]): string[] {
  return rules.filter(({ kind }) => kinds.includes(kind)).flatMap(({ paths }) => paths)
}

function headerLines(headers: VaultHeaders): string {
  return Object.entries(headers)
    .map(([name, value]) => `    ${name} "${value}"`)
    .join('\n')
}
