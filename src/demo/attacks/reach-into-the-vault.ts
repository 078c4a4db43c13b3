import { attempt, noteOnSession, skipped, sleep, verdict } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { findSecrets } from './find-secrets.ts'

const PAGES = ['/bridge.html', '/popup.html', '/auth/login', '/auth/callback', '/404.html', '/']

/** Tries every way that one window has into another, with the vault's frame at hand and more of its pages opened. */
export async function reachIntoTheVault(context: AttackContext): Promise<AttackResult> {
  const { guardianOrigin } = context
  if (guardianOrigin === location.origin) return skipped('There is no vault in this topology.')
  const notes: string[] = [...noteOnSession(context)]
  const found: string[] = []
  const heard: unknown[] = []
  const listen = ({ data }: MessageEvent): void => void heard.push(data)
  window.addEventListener('message', listen)
  const own = PAGES.map((path) => openFrame(guardianOrigin + path))
  await sleep(1200)
  const frames = [...document.querySelectorAll('iframe')].filter((frame) =>
    frame.src.startsWith(guardianOrigin),
  )
  let refused = 0
  let empty = 0
  for (const frame of frames) {
    const where = `frame ${new URL(frame.src).pathname}`
    const inside = frame.contentWindow as (Window & Record<string, unknown>) | null
    // Answered with 204: the frame stays on the empty page that it had, which is this page's own.
    if (attempt(() => inside?.location.href) === 'about:blank') {
      empty += 1
      continue
    }
    for (const name of REACHES) {
      const value = attempt(() => inside?.[name])
      // Some names are readable across origins and say nothing, such as `closed`; a database is something else.
      if (value === undefined || value === null) refused += 1
      else found.push(`${where}: window.${name} was readable`)
    }
    if (attempt(() => frame.contentDocument) != null) found.push(`${where}: its document`)
    inside?.postMessage({ tokenGuardian: 1, request: { type: 'get-session' } }, '*')
    inside?.postMessage({ tokenGuardianVault: { type: 'take-hand-over' } }, '*')
    inside?.postMessage({ tokenGuardianPopup: { handOver: 'x' } }, '*')
  }
  notes.push(
    `${frames.length} frames of the vault: ${empty} stayed empty; ${refused} properties of the others refused or absent.`,
  )
  notes.push(...(await fetchFromVault(guardianOrigin, found)))
  await sleep(300)
  window.removeEventListener('message', listen)
  found.push(...findSecrets(heard, 'message from a window'))
  notes.push(`${heard.length} window messages came back.`)
  for (const frame of own) frame.remove()
  return verdict(found, notes)
}

/** What would be worth having; all of it belongs to the other origin. */
const REACHES = [
  'document',
  'localStorage',
  'indexedDB',
  'caches',
  'navigator',
  'navigation',
  'name',
]

function openFrame(url: string): HTMLIFrameElement {
  const frame = document.createElement('iframe')
  frame.className = 'attack-frame'
  frame.src = url
  document.body.append(frame)
  return frame
}

/** Its files are public, but not even those are readable from here; nothing personal is in them either. */
async function fetchFromVault(origin: string, found: string[]): Promise<string[]> {
  const answers = await Promise.all(
    PAGES.map(async (path) => {
      try {
        const response = await fetch(origin + path, { credentials: 'include' })
        found.push(...findSecrets(await response.text(), `fetch of ${path}`))
        return 'read'
      } catch {
        return 'refused'
      }
    }),
  )
  const read = answers.filter((answer) => answer === 'read').length
  return [`Fetches of the vault’s pages: ${read} read, ${answers.length - read} refused.`]
}
