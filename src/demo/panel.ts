import type { AuthClient } from 'token-guardian'
import { byId } from './element.ts'

const QUERY = 'guardian-debug'

/** The development panel, loaded only when the URL asks for it. */
export async function startPanel(client: AuthClient): Promise<void> {
  if (!new URLSearchParams(location.search).has(QUERY)) return
  const link = byId('panel-switch', HTMLAnchorElement)
  link.textContent = 'Hide the development panel'
  link.href = location.pathname
  const { mountPanel } = await import('token-guardian/panel')
  mountPanel(client)
}
