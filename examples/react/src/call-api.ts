/** An ordinary request: the service worker adds the token to it. */
export async function callApi(): Promise<string> {
  const response = await fetch(`${import.meta.env.VITE_API}me`)
  return `${response.status}\n${await response.text()}`
}
