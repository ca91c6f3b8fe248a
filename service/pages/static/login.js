// Whoever has signed out leaves nothing behind for the next person at this browser.

import { SIGNED_OUT, forgetAll } from "./drafts.js";

if (location.hash === SIGNED_OUT) forgetAll();
