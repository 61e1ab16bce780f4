import axe from 'axe-core'

import type { Page } from 'playwright-core'

/** What axe-core finds wrong with the page as it is now, every rule that it has: one line for each element. */
export async function axeFindings(page: Page): Promise<string[]> {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axe.source)
  const { findings, isBlind } = await page.evaluate(async () => {
    const { run } = (window as unknown as { axe: typeof axe }).axe
    // Every rule looks at every element; of what is right, one element for each rule is described and the rest is not.
    const { violations, passes } = await run(document, { resultTypes: ['violations'] })
    const findings = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
    return { findings, isBlind: passes.length === 0 }
  })
  if (isBlind) throw new Error('axe-core has looked at nothing')
  return findings
}

/** Puts what every live region of the page says from now on into a list, in the order in which it is said. */
export async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = []
    const last = new Map<Element, string>()
    const regions = () => document.querySelectorAll('[role=status], [role=alert], [aria-live]')
    const hear = (isFirst: boolean) => {
      for (const region of Array.from(regions())) {
        const text = region.textContent?.trim() ?? ''
        if (text !== (last.get(region) ?? '') && text !== '' && !isFirst) said.push(text)
        last.set(region, text)
      }
    }
    hear(true)
    new MutationObserver(() => hear(false)).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    })
    Object.assign(window, { said })
  })
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said)
}
