/** Hosts whose customers are sites of their own (part of the Public Suffix List). */
const SHARED =
  'github.io gitlab.io netlify.app vercel.app pages.dev workers.dev web.app firebaseapp.com azurestaticapps.net herokuapp.com onrender.com surge.sh fly.dev'.split(
    ' ',
  )

/**
 * Whether two origins are of different sites, as far as can be told without the Public Suffix List: names that do not share
 * their last two labels are, and so are those below one of the well-known shared hosts.
 */
export function looksCrossSite(one: string, other: string): boolean {
  const [first, second] = [new URL(one), new URL(other)]
  return first.protocol !== second.protocol || siteOf(first.hostname) !== siteOf(second.hostname)
}

function siteOf(hostname: string): string {
  const labels = hostname.split('.')
  if (/^[\d.]+$/.test(hostname) || hostname.startsWith('[')) return hostname
  const isShared = SHARED.some((suffix) => hostname.endsWith(`.${suffix}`))
  const own = hostname.endsWith('.localhost') ? 1 : 2
  return labels.slice(isShared ? -(own + 1) : -own).join('.')
}
