import { createAuthClient, isAuthError, type Session, type Update } from 'token-guardian'
import { startApiCard } from './api-card.ts'
import { startAttackLab } from './attack-lab.ts'
import { byId } from './element.ts'
import { addEvent } from './events-card.ts'
import { startPanel } from './panel.ts'
import { showCode, showSession, startSessionCard } from './session-card.ts'

// In a frame or a popup of the attack lab this page would only be in the way.
if (window === window.top) void start()

async function start(): Promise<void> {
  const client = createAuthClient({ workerUrl: __WORKER_URL__, workerType: __WORKER_TYPE__ })
  client.on('session', (session) => {
    showSession(session)
    addEvent('session', inWords(session), 'code' in session ? session.code : undefined)
  })
  client.on('error', (error) => {
    showCode(error.code)
    addEvent('error', `${error.message} (${error.phase})`, error.code)
  })
  client.on('stepup', () => addEvent('stepup', 'the API asks for a stronger sign-in'))
  client.on('update', (update) => {
    addEvent('update', update.reason)
    offerUpdate(update)
  })
  await startPanel(client)
  startSessionCard(client, (error) => reportFailure(error))
  startApiCard()
  startAttackLab(client)
  watchNetwork()
  try {
    showSession(await client.ready())
  } catch (error) {
    reportFailure(error)
    showSession(client.session)
  }
}

/** What a refused call of the library says; coded errors are listed by their `error` event. */
function reportFailure(error: unknown): void {
  if (isAuthError(error)) return showCode(error.code)
  addEvent('error', error instanceof Error ? error.message : String(error))
}

function offerUpdate({ apply }: Update): void {
  const button = byId('update', HTMLButtonElement)
  button.hidden = false
  button.onclick = () => {
    apply().then(() => location.reload(), reportFailure)
  }
}

function inWords(session: Session): string {
  return session.status === 'signed-in' ? `signed-in as ${session.user.sub}` : session.status
}

function watchNetwork(): void {
  const notice = byId('offline', HTMLElement)
  const show = (): void => {
    notice.hidden = navigator.onLine
  }
  for (const event of ['online', 'offline']) {
    window.addEventListener(event, () => {
      show()
      addEvent('network', event)
    })
  }
  show()
}
