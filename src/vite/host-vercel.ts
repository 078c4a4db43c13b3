import { pageFile, VAULT_WORKER, type VaultHeaders, type VaultPlan } from './vault-headers.ts'

/**
 * `vercel.json`, which has no place for comments.
 *
 * No path is in two header rules, so their order does not matter. Rewrites come after the files themselves, so they
 * only give pages their path without `.html`; `cleanUrls` would redirect the bridge. A request for a worker script is
 * redirected where it is not the guardian's: browsers refuse redirected worker scripts, and nothing else here can answer
 * before the file does. Vercel answers POST to a file with an error: with `response_mode=form_post` a sign-in needs its
 * worker.
 */
export function vercelFile({ rules, rest }: VaultPlan): string {
  const special = rules.flatMap(({ paths }) => paths)
  const pages = special.filter((path) => !path.endsWith('/') && path !== VAULT_WORKER)
  const file = {
    $schema: 'https://openapi.vercel.sh/vercel.json',
    cleanUrls: false,
    redirects: [
      {
        source: allBut([VAULT_WORKER]),
        has: [{ type: 'header', key: 'service-worker' }],
        destination: '/404.html',
        permanent: false,
      },
    ],
    headers: [
      { source: allBut(special), headers: pairs(rest) },
      ...rules.flatMap(({ paths, headers }) =>
        paths.map((source) => ({ source, headers: pairs(headers) })),
      ),
    ],
    rewrites: pages
      .filter((path) => pageFile(path) !== path)
      .map((source) => ({ source, destination: pageFile(source) })),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** A pattern for every path that is not one of these, the root included. */
function allBut(paths: readonly string[]): string {
  const names = paths.map((path) => path.slice(1).replaceAll('.', '\\.'))
  return `/((?!(?:${names.join('|')})$).*)`
}

function pairs(headers: VaultHeaders): { readonly key: string; readonly value: string }[] {
  return Object.entries(headers).map(([key, value]) => ({ key, value }))
}
