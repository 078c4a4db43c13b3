import { inWords, noteOnSession, sleep, within } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { changes, snapshot } from './session-check.ts'

interface Attempt {
  readonly script: string
  readonly options: RegistrationOptions
  /** The app's own script: that it registers is no harm by itself. */
  readonly own: boolean
}

/** A worker with another configuration, or of the attacker's own, in place of the guardian. */
export async function registerChangedWorker(context: AttackContext): Promise<AttackResult> {
  const before = await snapshot(context)
  const notes: string[] = [...noteOnSession(context)]
  const found: string[] = []
  const blob = URL.createObjectURL(
    new Blob(['self.addEventListener("fetch", () => {})'], { type: 'text/javascript' }),
  )
  for (const { script, options, own } of attempts(context, blob)) {
    const name = `${script.startsWith('blob:') ? 'blob: script' : script} ${JSON.stringify(options)}`
    try {
      const registration = await within(4000, navigator.serviceWorker.register(script, options))
      notes.push(registration ? `Accepted: ${name}` : `No answer: ${name}`)
      if (registration && !own && (await survives(registration, script))) {
        found.push(`A foreign script became a worker of this origin: ${name}`)
      }
    } catch (error) {
      notes.push(`Refused: ${name} (${inWords(error).slice(0, 90)})`)
    }
  }
  URL.revokeObjectURL(blob)
  await sleep(500)
  const after = await snapshot(context)
  found.push(...changes(before, after))
  const scripts = (await navigator.serviceWorker.getRegistrations()).map(
    ({ scope, active }) => `${active?.scriptURL ?? 'nothing active'} for ${scope}`,
  )
  notes.push(`Workers now: ${scripts.join('; ')}.`)
  notes.push(
    found.length === 0
      ? 'The session, the user and the answer of the API are the same as before; no configuration came from a URL.'
      : 'Compare with the session before the attack.',
  )
  return { outcome: found.length === 0 ? 'held' : 'leak', found, notes }
}

function attempts({ workerUrl, workerType }: AttackContext, blob: string): readonly Attempt[] {
  const type = workerType
  const query = 'issuer=https://evil.example&client_id=evil&resource=https://evil.example/'
  return [
    { script: '/evil.js', options: { scope: '/' }, own: false },
    { script: '/evil.js', options: { scope: '/auth/' }, own: false },
    { script: '/offline.html', options: { scope: '/' }, own: false },
    { script: blob, options: { scope: '/' }, own: false },
    { script: `${folderOf(workerUrl)}/..%2fevil.js`, options: {}, own: false },
    {
      script: `${workerUrl}${workerUrl.includes('?') ? '&' : '?'}${query}`,
      options: { scope: '/', type },
      own: true,
    },
    { script: workerUrl, options: { scope: '/auth/', type }, own: true },
    {
      script: workerUrl,
      options: {
        scope: '/',
        type: type === 'module' ? 'classic' : 'module',
        updateViaCache: 'all',
      },
      own: true,
    },
  ]
}

function folderOf(workerUrl: string): string {
  return workerUrl.slice(0, workerUrl.lastIndexOf('/'))
}

/** A script that fails while it installs was never in charge. */
async function survives(registration: ServiceWorkerRegistration, script: string): Promise<boolean> {
  await sleep(300)
  const wanted = new URL(script, location.href).href
  return [registration.active, registration.waiting].some((worker) => worker?.scriptURL === wanted)
}
