import { changeDataCapture } from '../shared/bridge/captures.ts';
import { defineBridge } from '../shared/bridge/define-bridge.ts';

/** What the poller of the source's benchmark runs. */
export default defineBridge({
  name: 'bench',
  orgs: { main: {} },
  sources: { accounts: { capture: changeDataCapture('Account'), topic: 'bench.accounts', initialStart: 'earliest' } },
});
