const MANY = 1_000_000
const UNREACHED = { soft: MANY, hard: MANY }

/** Limits of the captcha plugin as by default, counted at every call, and never reached by a load from one address. */
export const UNREACHED_LIMITS = {
  imageLimit: { device: MANY, ip: UNREACHED },
  addressLimit: {
    pictures: { hour: UNREACHED, day: UNREACHED },
    passes: { minute: UNREACHED, hour: UNREACHED, day: UNREACHED },
    wrong: { hour: { soft: MANY } },
    sums: { hour: { soft: MANY } },
  },
}

/** Nothing is counted. */
export const NO_LIMITS = { imageLimit: { enabled: false }, addressLimit: { enabled: false } }
