import type { AuthClient } from 'token-guardian'
import type { Finding } from 'token-guardian/doctor'
import { byId } from './element.ts'

const QUERY = 'guardian-debug'

/** The development panel with what the doctor finds from a page, loaded only when the URL asks for them. */
export async function startPanel(client: AuthClient): Promise<void> {
  if (!new URLSearchParams(location.search).has(QUERY)) return
  const link = byId('panel-switch', HTMLAnchorElement)
  link.textContent = 'Hide the development panel'
  link.href = location.pathname
  const [{ mountPanel }, { watchDeployment }] = await Promise.all([
    import('token-guardian/panel'),
    import('token-guardian/doctor'),
  ])
  const panel = mountPanel(client)
  if (panel === undefined) return
  const add = (finding: Finding): void => {
    panel.findings = [...panel.findings, finding]
  }
  watchDeployment(client, add, { workerUrl: __WORKER_URL__ })
}
