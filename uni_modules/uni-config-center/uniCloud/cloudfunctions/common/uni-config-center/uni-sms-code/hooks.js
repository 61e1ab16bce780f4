// The demo knows one customer. An application looks into its own users here.
const REGISTERED = '13800000000'

module.exports = {
  isRegistered: (mobile, scene) => scene === 'register' && mobile === REGISTERED,
}
