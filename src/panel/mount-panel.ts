import type { AuthClient } from '../client/auth-client.ts'
import type { Finding } from './finding.ts'
import { definePanel, PANEL, type TokenGuardianPanel } from './panel-element.ts'

/** Query of the page's URL that asks for the panel: `?guardian-debug`. */
const ASKED = 'guardian-debug'

/** The client of the page, or several by the names under which they are shown. */
export type PanelClients = AuthClient | Readonly<Record<string, AuthClient>>

export interface PanelOptions {
  /** `asked` (default): only if the page's URL has `guardian-debug` in its query. */
  readonly show?: 'asked' | 'always'
  /** Shown with what the guardian itself finds wrong with the deployment. Can be set later: `panel.findings = …`. */
  readonly findings?: readonly Finding[]
}

/**
 * Adds the development panel to the page, once. Call it before `ready()`, so that it hears everything that the page is told.
 * @returns the element, or `undefined` when nobody asked for it: then nothing was done. `remove()` ends it
 */
export function mountPanel(
  clients: PanelClients,
  { show = 'asked', findings = [] }: PanelOptions = {},
): TokenGuardianPanel | undefined {
  if (show === 'asked' && !new URLSearchParams(location.search).has(ASKED)) return undefined
  definePanel()
  const known = document.querySelector<TokenGuardianPanel>(PANEL)
  const panel = known ?? (document.createElement(PANEL) as TokenGuardianPanel)
  panel.clients = isClient(clients) ? { '': clients } : clients
  panel.findings = findings
  if (!known) document.body.append(panel)
  return panel
}

function isClient(clients: PanelClients): clients is AuthClient {
  return typeof clients.ready === 'function'
}
