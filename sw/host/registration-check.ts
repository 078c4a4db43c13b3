/**
 * Whether this worker is still registered. Browsers do not tell a worker that a page unregistered it, but they refuse to
 * update it. They refuse that also offline and for a script that does not load, so the script is fetched as well: only a
 * refusal while the script is there counts.
 */
export async function isRegistered(self: ServiceWorkerGlobalScope): Promise<boolean> {
  try {
    await self.registration.update()
    return true
  } catch {
    const script = await self
      .fetch(self.location.href, { cache: 'no-store' })
      .catch(() => undefined)
    return script?.ok !== true
  }
}
