// What is slid to begin a proof of work; captcha-proof.uvue repeats it, as UTS of an app imports no TypeScript.

/** As wide as captcha-proof.css makes it. */
export const HANDLE_PX = 44
/** A share of the way; less is a tap. */
export const MIN_SLIDE = 0.05
