import {
  CONTRACT_VERSION,
  LANDING_FRAGMENT,
  type PopupEnvelope,
} from '../../../src/contract/messages.ts'
import type { BringEnvelope } from './popup-messages.ts'
import { VaultWorker } from './vault-worker.ts'

/** Milliseconds for the frame to take what the popup brings. */
const DEADLINE_MS = 10_000

/**
 * Where a sign-in in a popup ends: tells the vault's frame in the page that opened it, with the response if the frame has a
 * storage of its own, and closes. Among the opener's frames only one of this origin can be looked into.
 */
export async function endPopup(): Promise<void> {
  if (location.hash !== LANDING_FRAGMENT) return say('open')
  const frame = framesOf(window.opener as Window | null).find(isOurs)
  if (frame && (await tell(frame, await handOver()))) {
    say('end')
    window.close()
  }
  const paragraph = document.querySelector('p')
  if (paragraph) paragraph.textContent = 'You can close this window and go back to the app.'
}

/** To the page that opened it: the popup's first page is this one too, and taken further from there. */
function say(popup: PopupEnvelope['popup']): void {
  const envelope: PopupEnvelope = { tokenGuardian: CONTRACT_VERSION, popup }
  ;(window.opener as Window | null)?.postMessage(envelope, '*')
}

async function handOver(): Promise<string | undefined> {
  const answer = await new VaultWorker().askOnce({ type: 'take-hand-over' }).catch(() => undefined)
  const { handOver: text } = (answer ?? {}) as { readonly handOver?: unknown }
  return typeof text === 'string' ? text : undefined
}

function framesOf(opener: Window | null): Window[] {
  if (!opener || opener.closed) return []
  return Array.from({ length: opener.length }, (_, index) => opener[index]).filter(
    (frame) => frame !== undefined,
  )
}

function isOurs(frame: Window): boolean {
  try {
    return frame.location.origin === location.origin
  } catch {
    return false
  }
}

function tell(frame: Window, text: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), DEADLINE_MS)
    window.addEventListener('message', ({ source, origin, data }) => {
      const answer = data as { readonly tokenGuardianPopup?: unknown } | null
      if (source !== frame || origin !== location.origin) return
      if (answer?.tokenGuardianPopup !== 'taken') return
      clearTimeout(timer)
      resolve(true)
    })
    const envelope: BringEnvelope = { tokenGuardianPopup: text ? { handOver: text } : {} }
    frame.postMessage(envelope, location.origin)
  })
}
